"use client";

import { useEffect, useRef, useState } from "react";
import type { FacetValue } from "../api/types.ts";
import { asTyped, grouped, typedCents } from "../form.ts";
import type { Lang } from "../routes.ts";
import { wordsOf } from "../words/index.ts";
import { useGoing } from "./going.tsx";
import { centsAt, END, placeOf } from "./slider.ts";
import { changed, type Search } from "./state.ts";

// A slider moves through many places on its way; asked for is where it comes to rest.
const REST = 350; // milliseconds

/** Calls `settle` once nothing was moved for a moment. */
function useRest(settle: () => void): { moved: () => void } {
  const waiting = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const newest = useRef(settle);
  useEffect(() => {
    newest.current = settle;
  });
  useEffect(() => () => clearTimeout(waiting.current), []);
  return {
    moved: () => {
      clearTimeout(waiting.current);
      waiting.current = setTimeout(() => newest.current(), REST);
    },
  };
}

/** From and to: typed to the cent, or by two sliders over the usual steps. */
export function PriceRange({ search, lang }: { search: Search; lang: Lang }) {
  const words = wordsOf(lang).search;
  const { go } = useGoing();
  const [low, setLow] = useState(search.price_min === null ? "" : asTyped(search.price_min, lang));
  const [high, setHigh] = useState(
    search.price_max === null ? "" : asTyped(search.price_max, lang),
  );
  // What another way set (a chip, the way back) is shown; the fields themselves stay, and the focus.
  useEffect(() => {
    setLow(search.price_min === null ? "" : asTyped(search.price_min, lang));
    setHigh(search.price_max === null ? "" : asTyped(search.price_max, lang));
  }, [search.price_min, search.price_max, lang]);
  const settle = () => {
    let [price_min, price_max] = [typedCents(low), typedCents(high)];
    if (price_min !== null && price_max !== null && price_min > price_max) {
      [price_min, price_max] = [price_max, price_min];
    }
    price_min = price_min || null;
    if (price_min !== search.price_min || price_max !== search.price_max) {
      go(changed(search, { price_min, price_max }));
    }
  };
  const { moved } = useRest(settle);
  const field = (name: string, label: string, value: string, set: (text: string) => void) => (
    <label className="flex flex-1 items-center gap-1.5 text-sm">
      {label}
      <input
        name={name}
        inputMode="decimal"
        autoComplete="off"
        className="field"
        value={value}
        onChange={(event) => set(event.target.value)}
        onBlur={settle}
        onKeyDown={(event) => {
          if (event.key === "Enter") {
            event.preventDefault();
            settle();
          }
        }}
      />
    </label>
  );
  const slider = (
    label: string,
    value: string,
    set: (text: string) => void,
    place: number,
    none: string,
  ) => (
    <input
      type="range"
      min={0}
      max={END}
      value={place}
      aria-label={label}
      aria-valuetext={value ? `${value} €` : none}
      className="block h-6 w-full accent-fox"
      onChange={(event) => {
        const cents = centsAt(Number(event.target.value));
        set(cents === null ? "" : asTyped(cents, lang));
        moved();
      }}
    />
  );
  return (
    <fieldset>
      <legend className="font-semibold">{words.price} (€)</legend>
      <div className="mt-1 flex gap-3">
        {field("price_min", words.from, low, setLow)}
        {field("price_max", words.to, high, setHigh)}
      </div>
      <div className="mt-2 flex flex-col gap-1 [@media(scripting:none)]:hidden">
        {slider(
          words.slideFrom,
          low,
          setLow,
          placeOf(low ? typedCents(low) : null, "start"),
          words.discountAny,
        )}
        {slider(
          words.slideTo,
          high,
          setHigh,
          placeOf(high ? typedCents(high) : null, "end"),
          words.discountAny,
        )}
      </div>
    </fieldset>
  );
}

const MOST = 90;

/** The least saving, ours: typed or by a slider, with how many there are from the next step on. */
export function Discount({
  search,
  values,
  lang,
}: {
  search: Search;
  values: FacetValue[];
  lang: Lang;
}) {
  const words = wordsOf(lang).search;
  const { go } = useGoing();
  const [typed, setTyped] = useState(search.discount_min === null ? "" : `${search.discount_min}`);
  useEffect(
    () => setTyped(search.discount_min === null ? "" : `${search.discount_min}`),
    [search.discount_min],
  );
  const percent = /^\d{1,2}$/.test(typed.trim()) ? Number(typed) : 0;
  const settle = () => {
    const discount_min = percent || null;
    if (discount_min !== search.discount_min) go(changed(search, { discount_min }));
  };
  const { moved } = useRest(settle);
  const count = values.find((one) => Number(one.value) === percent)?.count;
  return (
    <fieldset>
      <legend className="font-semibold">{words.discount}</legend>
      <label className="mt-1 flex items-center gap-2 text-sm">
        {words.least}
        <input
          name="discount_min"
          inputMode="numeric"
          autoComplete="off"
          className="field !w-20"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          onBlur={settle}
          onKeyDown={(event) => {
            if (event.key === "Enter") {
              event.preventDefault();
              settle();
            }
          }}
        />
        <span>%</span>
        <span className="sr-only">{words.percent}</span>
        {count !== undefined && (
          <span className="ml-auto text-soft">
            {percent} %: {grouped(count, lang)}
          </span>
        )}
      </label>
      <input
        type="range"
        min={0}
        max={MOST}
        step={5}
        value={Math.min(percent, MOST)}
        aria-label={words.slideDiscount}
        aria-valuetext={percent ? words.percentFrom(percent) : words.discountAny}
        className="mt-1 block h-6 w-full accent-fox [@media(scripting:none)]:hidden"
        onChange={(event) => {
          setTyped(event.target.value === "0" ? "" : event.target.value);
          moved();
        }}
      />
    </fieldset>
  );
}
