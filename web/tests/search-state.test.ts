import assert from "node:assert/strict";
import { test } from "node:test";
import {
  addressOf,
  askOf,
  categoryToggled,
  changed,
  chipsOf,
  MOST_PAGES,
  NOTHING,
  type Params,
  queryOf,
  type Search,
  stateOf,
  toggled,
  waysOut,
} from "../src/search/state.ts";
import { openRows } from "../src/search/tree.ts";

const FULL: Search = {
  q: "kopfhörer & mehr",
  category: ["Elektronik > Audio"],
  merchant: ["tonhafen", "bitlager"],
  not_merchant: ["elbmarkt"],
  brand: ["Ä&B"],
  verdict: ["genuine", "plausible"],
  tag: ["best_price"],
  price_min: 1999,
  price_max: 50_000,
  discount_min: 20,
  deals: false,
  exact: true,
  sort: "price",
  page: 3,
};

function read(query: string): Search {
  const params: Params = {};
  const given = new URLSearchParams(query);
  for (const name of new Set(given.keys())) params[name] = given.getAll(name);
  return stateOf(params);
}

test("an address holds the whole search and gives it back", () => {
  assert.deepEqual(read(queryOf(FULL)), FULL);
  assert.deepEqual(read(""), NOTHING);
  assert.equal(queryOf(NOTHING), "");
});

test("what cannot be meant is left out instead of breaking the page", () => {
  const strange = "sort=best&page=0&verdict=lovely&price_min=cheap&discount_min=-5&q=%20x%20";
  assert.deepEqual(read(strange), { ...NOTHING, q: "x" });
  assert.equal(read("page=999").page, MOST_PAGES);
});

test("prices typed the wrong way round are turned, in German and in English", () => {
  const search = read("price_min=1.234,50&price_max=20");
  assert.deepEqual([search.price_min, search.price_max], [2000, 123_450]);
});

test("any change of the filters begins at the first page", () => {
  assert.equal(changed(FULL, { sort: "newest" }).page, 1);
  assert.equal(toggled(FULL, "merchant", "tonhafen").page, 1);
  assert.equal(categoryToggled(FULL, "Mode").page, 1);
});

test("the API is asked for what the address says, pages by cursor", () => {
  const asked = new URLSearchParams(askOf(FULL, { limit: 24, cursor: "c1" }).split("?")[1]);
  assert.deepEqual(asked.getAll("merchant"), ["tonhafen", "bitlager"]);
  assert.equal(asked.get("price_min"), "1999");
  assert.equal(asked.get("cursor"), "c1");
  assert.equal(asked.get("deals_only"), null);
  assert.equal(asked.get("page"), null);
  assert.match(askOf(NOTHING, { limit: 1 }), /deals_only=true/);
});

test("a category takes the place of those above and below it, and lets its neighbours be", () => {
  const search = { ...NOTHING, category: ["Mode", "Elektronik > Audio > Kopfhörer"] };
  assert.deepEqual(categoryToggled(search, "Elektronik > Audio").category, [
    "Mode",
    "Elektronik > Audio",
  ]);
  assert.deepEqual(categoryToggled(search, "Mode > Schuhe").category, [
    "Elektronik > Audio > Kopfhörer",
    "Mode > Schuhe",
  ]);
  assert.deepEqual(categoryToggled(search, "Mode").category, ["Elektronik > Audio > Kopfhörer"]);
});

test("each chip takes away just its own filter", () => {
  const chips = chipsOf(FULL);
  assert.equal(chips.length, 10);
  for (const chip of chips) assert.equal(chipsOf(chip.without).length, 9, chip.kind);
});

test("without hits each filter is a way out, and so are the deals and the words", () => {
  const search = { ...NOTHING, q: "x", brand: ["Y"] };
  assert.deepEqual(
    waysOut(search).map((way) => way.kind),
    ["brand", "deals", "q"],
  );
  assert.deepEqual(waysOut({ ...NOTHING, q: "x", deals: false }), []);
});

test("addresses are German at the root and English below /en", () => {
  assert.equal(addressOf(NOTHING, "de"), "/suche");
  assert.equal(addressOf({ ...NOTHING, q: "a b" }, "en"), "/en/search?q=a+b");
});

const value = (path: string, count: number) => ({
  value: path,
  label: path,
  count,
  selected: false,
});

test("the tree opens along what is chosen, and a chosen value without hits stays", () => {
  const values = [value("Mode", 9), value("Mode > Schuhe", 5), value("Elektronik", 12)];
  assert.deepEqual(
    openRows(values, []).map((row) => row.value),
    ["Elektronik", "Mode"],
  );
  assert.deepEqual(
    openRows(values, ["Mode > Taschen"]).map((row) => [row.value, row.depth, row.count]),
    [
      ["Elektronik", 0, 12],
      ["Mode", 0, 9],
      ["Mode > Schuhe", 1, 5],
      ["Mode > Taschen", 1, 0],
    ],
  );
});

test("where there is only one category its own are shown at once", () => {
  const values = [value("Mode", 9), value("Mode > Schuhe", 5), value("Mode > Taschen", 4)];
  assert.deepEqual(
    openRows(values, []).map((row) => row.label),
    ["Mode", "Schuhe", "Taschen"],
  );
});
