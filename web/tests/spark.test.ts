import assert from "node:assert/strict";
import { test } from "node:test";
import { sparkLine } from "../src/deal/spark.ts";

const BOX = { width: 100, height: 20 };
const line = (...steps: [hour: number, minor: number | null][]) =>
  sparkLine(
    {
      from: "2026-08-27T00:00:00+00:00",
      hours: 100,
      currency: "EUR",
      steps: steps.map(([hour, minor]) => ({ hour, minor })),
    },
    BOX,
  );

test("a price holds until it changes", () => {
  assert.deepEqual(line([0, 200], [40, 100]), { path: "M0 0H40V20H100", low: 100, high: 200 });
});

test("where no price is known there is a gap", () => {
  assert.equal(line([0, 200], [40, null], [60, 100])?.path, "M0 0H40M60 20H100");
  assert.equal(line([30, 200], [50, 100], [80, null])?.path, "M30 0H50V20H80");
});

test("a price that never changed is a line in the middle, and no price none", () => {
  assert.equal(line([0, 100])?.path, "M0 10H100");
  assert.equal(line([0, null]), null);
  assert.equal(line(), null);
});
