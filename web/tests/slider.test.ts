import assert from "node:assert/strict";
import { test } from "node:test";
import { centsAt, END, placeOf } from "../src/search/slider.ts";

test("both ends of a slider limit nothing", () => {
  assert.equal(centsAt(0), null);
  assert.equal(centsAt(END), null);
  assert.equal(placeOf(null, "start"), 0);
  assert.equal(placeOf(null, "end"), END);
});

test("each place means more than the one before, and an amount finds its place again", () => {
  let before = 0;
  for (let place = 1; place < END; place++) {
    const cents = centsAt(place) ?? 0;
    assert.ok(cents > before);
    assert.equal(placeOf(cents, "start"), place);
    assert.equal(placeOf(cents + 1, "end"), place);
    before = cents;
  }
  assert.equal(placeOf(10_000_000, "end"), END - 1);
});
