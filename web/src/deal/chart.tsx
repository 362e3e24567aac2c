"use client";

import { useId, useState } from "react";
import type { Stretch } from "../api/types.ts";
import { day, money, shortDay } from "../form.ts";
import type { Lang } from "../routes.ts";
import { wordsOf } from "../words/index.ts";
import {
  axisOf,
  clipped,
  DAY,
  figuresOf,
  type Piece,
  pathOf,
  pieceAt,
  piecesOf,
  rangeOf,
} from "./series.ts";

const RANGES = ["30", "90", "365", "all"] as const;
const BOX = { width: 1000, height: 300 };

/** The price over time: drawn on the server, asked by mouse or keys. */
export function PriceChart({
  stretches,
  currency,
  window: compared,
  now,
  lang,
}: {
  stretches: Stretch[];
  currency: string;
  window: { from: string; to: string } | null;
  now: number;
  lang: Lang;
}) {
  const words = wordsOf(lang).chart;
  const field = useId();
  const [chosen, setChosen] = useState<(typeof RANGES)[number]>("90");
  const [at, setAt] = useState<number | null>(null);
  const all = piecesOf(stretches, now);
  const range = rangeOf(all, chosen === "all" ? null : Number(chosen), now);
  const pieces = clipped(all, range);
  const figures = figuresOf(pieces);
  const shown = pieces.flatMap((one) => (one.minor === null ? [] : [one.minor]));
  const say = (minor: number) => money({ minor, currency }, lang);
  const days = Math.max(1, Math.ceil((range.to - range.from) / DAY));
  const x = (time: number) => ((time - range.from) / (range.to - range.from)) * BOX.width;

  const stateWords = (one: Piece | undefined): string => {
    if (!one || one.minor === null || one.state === "unseen") return words.unseen;
    return one.state === "sold_out" ? `${say(one.minor)} (${words.soldOut})` : say(one.minor);
  };
  const time = at === null ? range.to - 1 : Math.min(range.from + at * DAY, range.to - 1);
  const told = `${day(time, lang)}: ${stateWords(pieceAt(pieces, time))}`;

  return (
    <div>
      <fieldset className="flex flex-wrap items-center gap-2">
        <legend className="sr-only">{words.range}</legend>
        {RANGES.map((one) => (
          <label
            key={one}
            className="button has-checked:border-fox has-checked:bg-fox has-checked:text-on-fox has-focus-visible:outline-3 has-focus-visible:outline-offset-2 has-focus-visible:outline-fox"
          >
            <input
              type="radio"
              name={`${field}-range`}
              className="sr-only"
              checked={chosen === one}
              onChange={() => {
                setChosen(one);
                setAt(null);
              }}
            />
            {words.ranges[one]}
          </label>
        ))}
      </fieldset>
      {figures === null || shown.length === 0 ? <p className="mt-4">{words.nothing}</p> : drawing()}
    </div>
  );

  function drawing() {
    if (!figures) return null;
    const axis = axisOf(shown);
    const y = (minor: number) =>
      BOX.height - ((minor - axis.from) / (axis.to - axis.from)) * BOX.height;
    const band = compared && {
      from: Math.max(Date.parse(compared.from), range.from),
      to: Math.min(Date.parse(compared.to), range.to),
    };
    const last = pieces.at(-1);
    return (
      <>
        <div className="mt-4 grid grid-cols-[auto_minmax(0,1fr)] gap-x-2">
          <div
            aria-hidden="true"
            className="flex h-64 flex-col-reverse justify-between text-right text-xs text-soft tabular-nums"
          >
            {axis.ticks.map((tick) => (
              <span key={tick} className="-my-2 leading-4">
                {say(tick)}
              </span>
            ))}
          </div>
          <svg
            viewBox={`0 0 ${BOX.width} ${BOX.height}`}
            preserveAspectRatio="none"
            className="h-64 w-full touch-pan-y overflow-visible border-b border-edge"
            role="img"
            aria-label={words.summary(
              say(figures.low.minor),
              say(figures.high.minor),
              stateWords(last),
            )}
            onPointerMove={(event) => {
              const box = event.currentTarget.getBoundingClientRect();
              const share = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
              setAt(Math.min(days, Math.floor(share * days)));
            }}
            onPointerLeave={() => setAt(null)}
          >
            {band && band.to > band.from && (
              <rect
                x={x(band.from)}
                width={x(band.to) - x(band.from)}
                y="0"
                height={BOX.height}
                className="fill-sunk"
              />
            )}
            {axis.ticks.map((tick) => (
              <path
                key={tick}
                d={`M0 ${y(tick)}H${BOX.width}`}
                className="stroke-line"
                strokeWidth="1"
                vectorEffect="non-scaling-stroke"
              />
            ))}
            <path
              d={`M0 ${y(figures.low.minor)}H${BOX.width}`}
              className="stroke-real"
              strokeWidth="1.5"
              strokeDasharray="2 4"
              vectorEffect="non-scaling-stroke"
            />
            <path
              d={pathOf(pieces, "known", range, axis, BOX)}
              className="stroke-fox"
              fill="none"
              strokeWidth="2.5"
              vectorEffect="non-scaling-stroke"
              data-line="known"
            />
            <path
              d={pathOf(pieces, "sold_out", range, axis, BOX)}
              className="stroke-soft"
              fill="none"
              strokeWidth="2"
              strokeDasharray="5 5"
              vectorEffect="non-scaling-stroke"
              data-line="sold-out"
            />
            {at !== null && (
              <path
                d={`M${x(time)} 0V${BOX.height}`}
                className="stroke-ink"
                strokeWidth="1"
                vectorEffect="non-scaling-stroke"
              />
            )}
          </svg>
          <span />
          <div aria-hidden="true" className="mt-1 flex justify-between text-xs text-soft">
            <span>{shortDay(range.from, lang)}</span>
            <span className="max-sm:hidden">{shortDay((range.from + range.to) / 2, lang)}</span>
            <span>{shortDay(range.to, lang)}</span>
          </div>
        </div>
        <label htmlFor={`${field}-at`} className="sr-only">
          {words.point}
        </label>
        <input
          id={`${field}-at`}
          type="range"
          min={0}
          max={days}
          value={at ?? days}
          aria-valuetext={told}
          className="mt-2 w-full accent-fox"
          onChange={(event) => setAt(Number(event.target.value))}
        />
        <p className="font-medium tabular-nums" aria-hidden="true" data-told>
          {told}
        </p>
        <ul className="mt-3 flex flex-wrap gap-x-6 gap-y-1 text-sm">
          <li>
            {words.low}: <b className="font-semibold">{say(figures.low.minor)}</b>,{" "}
            {shortDay(figures.low.to === now ? now : figures.low.to - 1, lang)}
          </li>
          <li>
            {words.average}: <b className="font-semibold">{say(figures.average)}</b>
          </li>
          <li>
            {words.high}: <b className="font-semibold">{say(figures.high.minor)}</b>,{" "}
            {shortDay(figures.high.from, lang)}
          </li>
          <li>
            {words.now}: <b className="font-semibold">{stateWords(last)}</b>
          </li>
        </ul>
        <ul className="mt-2 flex flex-wrap gap-x-6 gap-y-1 text-sm text-soft" aria-hidden="true">
          <Key name={words.price} line="stroke-fox" />
          <Key name={words.low} line="stroke-real" dashes="2 4" />
          {pieces.some((one) => one.state === "sold_out") && (
            <Key name={words.soldOut} line="stroke-soft" dashes="5 5" />
          )}
          {band && band.to > band.from && (
            <li className="flex items-center gap-2">
              <span className="h-3 w-6 border border-line bg-sunk" />
              {words.window}
            </li>
          )}
          {axis.from > 0 && <li>{words.axis}</li>}
        </ul>
      </>
    );
  }
}

function Key({ name, line, dashes }: { name: string; line: string; dashes?: string }) {
  return (
    <li className="flex items-center gap-2">
      <svg viewBox="0 0 24 4" className="h-1 w-6" aria-hidden="true" focusable="false">
        <path d="M0 2H24" className={line} strokeWidth="2.5" strokeDasharray={dashes} />
      </svg>
      {name}
    </li>
  );
}
