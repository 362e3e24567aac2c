/** What a price chart shows of a range: pure, so that it can be proven without a browser. */

import type { Stretch } from "../api/types.ts";

export const DAY = 86_400_000;

export interface Piece {
  from: number;
  to: number;
  /** Minor units; while sold out what the merchant went on stating; null where nothing is known. */
  minor: number | null;
  state: Stretch["state"];
}

/** Stretches as numbers; the open one lasts until `now`. Other currencies than the newest are not
 * comparable and count as not known. */
export function piecesOf(stretches: Stretch[], now: number): Piece[] {
  const currency = stretches.findLast((one) => one.price)?.price?.currency;
  return stretches
    .map((one): Piece => {
      const same = one.price?.currency === currency;
      return {
        from: Date.parse(one.from),
        to: one.to === null ? now : Date.parse(one.to),
        minor: same ? (one.price?.minor ?? null) : null,
        state: same ? one.state : "unseen",
      };
    })
    .filter((one) => one.to > one.from);
}

export interface Range {
  from: number;
  to: number;
}

/** The last days up to now, or all from the first piece on; never from before it. */
export function rangeOf(pieces: Piece[], days: number | null, now: number): Range {
  const first = pieces[0]?.from ?? now - DAY;
  return { from: days === null ? first : Math.max(first, now - days * DAY), to: now };
}

export function clipped(pieces: Piece[], range: Range): Piece[] {
  return pieces
    .filter((one) => one.to > range.from && one.from < range.to)
    .map((one) => ({
      ...one,
      from: Math.max(one.from, range.from),
      to: Math.min(one.to, range.to),
    }));
}

export interface Figures {
  low: Piece & { minor: number };
  high: Piece & { minor: number };
  /** By time: a price that held for a month counts thirty times a day's. */
  average: number;
}

/** Of prices that could be paid: sold out counts for nothing. Of equal lows the last one. */
export function figuresOf(pieces: Piece[]): Figures | null {
  const paid = pieces.filter(
    (one): one is Piece & { minor: number } => one.state === "known" && one.minor !== null,
  );
  const [first] = paid;
  if (!first) return null;
  let [low, high, sum, time] = [first, first, 0, 0];
  for (const one of paid) {
    if (one.minor <= low.minor) low = one;
    if (one.minor >= high.minor) high = one;
    sum += one.minor * (one.to - one.from);
    time += one.to - one.from;
  }
  return { low, high, average: Math.round(sum / time) };
}

export interface Axis {
  from: number;
  to: number;
  ticks: number[];
}

/** An axis of whole steps (1, 2 or 5 of a power of ten) around all that is drawn, three to six of
 * them; from zero where little would be lost by it. */
export function axisOf(values: number[]): Axis {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const bottom = low <= high * 0.35 ? 0 : low;
  const spread = Math.max(high - bottom, high * 0.05, 4);
  const power = 10 ** Math.floor(Math.log10(spread / 3));
  const step =
    [1, 2, 5, 10].map((one) => one * power).find((one) => spread / one <= 4) ?? 10 * power;
  const from = Math.max(0, Math.floor((bottom - (bottom ? step * 0.05 : 0)) / step) * step);
  let to = Math.ceil((high + step * 0.05) / step) * step;
  if (to - from < 2 * step) to = from + 2 * step;
  const ticks: number[] = [];
  for (let tick = from; tick <= to + step / 2; tick += step) ticks.push(Math.round(tick));
  return { from, to, ticks };
}

/** The step line of some states as one SVG path in a box of the given size. A price holds until it
 * changes; where nothing is known there is no line. `joined` says whose edges are drawn. */
export function pathOf(
  pieces: Piece[],
  state: Stretch["state"],
  range: Range,
  axis: Axis,
  box: { width: number; height: number },
): string {
  const x = (time: number) => round(((time - range.from) / (range.to - range.from)) * box.width);
  const y = (minor: number) =>
    round(box.height - ((minor - axis.from) / (axis.to - axis.from)) * box.height);
  let path = "";
  let before: Piece | undefined;
  for (const one of pieces) {
    if (one.minor !== null && one.state === state) {
      const [start, end, level] = [x(one.from), x(one.to), y(one.minor)];
      const touches = before?.minor != null && before.to === one.from;
      if (touches && before?.state === state) path += `V${level}H${end}`;
      else if (touches && before?.minor != null)
        path += `M${start} ${y(before.minor)}V${level}H${end}`;
      else path += `M${start} ${level}H${end}`;
    }
    before = one;
  }
  return path;
}

export function pieceAt(pieces: Piece[], time: number): Piece | undefined {
  return pieces.find((one) => one.from <= time && time < one.to) ?? pieces.at(-1);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
