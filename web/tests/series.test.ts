import assert from "node:assert/strict";
import { test } from "node:test";
import type { Stretch } from "../src/api/types.ts";
import {
  axisOf,
  clipped,
  DAY,
  figuresOf,
  pathOf,
  pieceAt,
  piecesOf,
  rangeOf,
} from "../src/deal/series.ts";

const NOW = Date.parse("2026-11-25T12:00:00Z");
const on = (daysAgo: number) => new Date(NOW - daysAgo * DAY).toISOString();
const stretch = (
  from: number,
  to: number | null,
  minor: number | null,
  state: Stretch["state"] = "known",
): Stretch => ({
  from: on(from),
  to: to === null ? null : on(to),
  price: minor === null ? null : { minor, currency: "EUR" },
  state,
});

const PAST = [
  stretch(200, 60, 1000),
  stretch(60, 40, 1000, "sold_out"),
  stretch(40, 30, null, "unseen"),
  stretch(30, 10, 1200),
  stretch(10, null, 900),
];

test("a range never begins before we began to look", () => {
  const pieces = piecesOf(PAST, NOW);
  assert.equal(rangeOf(pieces, 365, NOW).from, NOW - 200 * DAY);
  assert.equal(rangeOf(pieces, 30, NOW).from, NOW - 30 * DAY);
  assert.equal(rangeOf(pieces, null, NOW).from, NOW - 200 * DAY);
});

test("low, high and average are of prices that could be paid, weighed by time", () => {
  const pieces = piecesOf(PAST, NOW);
  const range = rangeOf(pieces, 50, NOW);
  const figures = figuresOf(clipped(pieces, range));
  assert.equal(figures?.low.minor, 900);
  assert.equal(figures?.high.minor, 1200);
  assert.equal(figures?.average, (1200 * 20 + 900 * 10) / 30);
  assert.equal(figuresOf(piecesOf([stretch(5, null, 1000, "sold_out")], NOW)), null);
});

test("the line is a step, is dashed while sold out, and has a hole where nobody looked", () => {
  const pieces = piecesOf(PAST, NOW);
  const range = rangeOf(pieces, 100, NOW);
  const axis = { from: 800, to: 1300, ticks: [] };
  const box = { width: 100, height: 100 };
  const known = pathOf(clipped(pieces, range), "known", range, axis, box);
  const soldOut = pathOf(clipped(pieces, range), "sold_out", range, axis, box);
  assert.equal(known, "M0 60H40M70 20H90V80H100");
  assert.equal(soldOut, "M40 60V60H60");
  assert.doesNotMatch(known + soldOut, /[LCQ]/);
});

test("a point of the chart says what holds at it", () => {
  const pieces = piecesOf(PAST, NOW);
  assert.equal(pieceAt(pieces, NOW - 20 * DAY)?.minor, 1200);
  assert.equal(pieceAt(pieces, NOW - 35 * DAY)?.state, "unseen");
  assert.equal(pieceAt(pieces, NOW)?.minor, 900);
});

test("prices of another currency are not drawn on one axis with the newest", () => {
  const other = { ...stretch(90, 50, 500), price: { minor: 500, currency: "USD" } };
  assert.deepEqual(
    piecesOf([other, stretch(50, null, 900)], NOW).map((one) => one.minor),
    [null, 900],
  );
});

test("an axis has few whole steps and all values on it", () => {
  for (const values of [
    [1999],
    [900, 1200],
    [4895, 5395],
    [100, 99_999],
    [5],
    [129_900, 130_000],
  ]) {
    const axis = axisOf(values);
    assert.ok(axis.from <= Math.min(...values) && axis.to >= Math.max(...values), `${values}`);
    assert.ok(axis.ticks.length >= 3 && axis.ticks.length <= 7, `${values}: ${axis.ticks}`);
    assert.equal(axis.ticks.at(-1), axis.to);
  }
});
