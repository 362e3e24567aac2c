import assert from "node:assert/strict";
import { test } from "node:test";
import { listOf, MOST, type Saved, withOne, without } from "../src/saved/store.ts";

const one = (n: number): Saved => ({ id: String(n).padStart(13, "0"), title: `Nr. ${n}`, at: n });

test("the newest is first, and each is there once", () => {
  const list = [one(1), one(2), one(1)].reduce<readonly Saved[]>(withOne, []);
  assert.deepEqual(list, [one(1), one(2)]);
  assert.deepEqual(without(list, one(1).id), [one(2)]);
});

test("a list has an end", () => {
  let list: readonly Saved[] = [];
  for (let n = 0; n < MOST + 5; n++) list = withOne(list, one(n));
  assert.equal(list.length, MOST);
  assert.equal(list[0]?.id, one(MOST + 4).id);
});

test("what was written is read, and what others wrote there is nothing", () => {
  assert.deepEqual(listOf(JSON.stringify([one(1), one(2)])), [one(1), one(2)]);
  for (const text of [null, "", "no", "{}", "null", "[1,null,{}]", '[{"id":"../x"}]']) {
    assert.deepEqual(listOf(text), []);
  }
  const mixed = [one(1), { ...one(2), id: "javascript:1" }, one(1), { ...one(3), title: 4 }];
  assert.deepEqual(listOf(JSON.stringify(mixed)), [one(1)]);
});
