import assert from "node:assert/strict";
import { test } from "node:test";
import { written } from "../src/search/written.ts";

test("a folded word is written as the titles write it", () => {
  const titles = ["KONTRAVOLT KOPFHÖRER XH-900", "Kopfhörer, Füße & Straße"];
  assert.equal(written("kopfhoerer", titles), "kopfhörer");
  assert.equal(written("fuesse", titles), "Füße");
  assert.equal(written("strasse", titles), "Straße");
  assert.equal(written("neue", titles), "neue");
  assert.equal(written("neue", []), "neue");
});
