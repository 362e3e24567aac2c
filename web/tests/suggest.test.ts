import assert from "node:assert/strict";
import { test } from "node:test";
import type { Listing, SearchPage } from "../src/api/types.ts";
import { suggestionsOf } from "../src/search/suggest.ts";

const item = (id: string, title: string) => ({ id, title, price: null }) as Listing;
const value = (path: string, count: number) => ({
  value: path,
  label: path,
  count,
  selected: false,
});
const page = (items: Listing[], category: SearchPage["facets"][string], total: number) =>
  ({
    items,
    facets: { category },
    total: { value: total, approximate: false },
  }) as unknown as SearchPage;

test("suggested are the words, the narrowest categories and each title once", () => {
  const found = suggestionsOf(
    "kopf",
    page(
      [item("a", "Kopfhörer X"), item("b", "Kopfhörer X"), item("c", "Kopfkissen")],
      [
        value("Elektronik", 8),
        value("Elektronik > Audio", 8),
        value("Elektronik > Audio > Kopfhörer", 8),
        value("Wohnen", 3),
        value("Leer", 0),
      ],
      11,
    ),
  );
  assert.deepEqual(
    found.map((one) => (one.kind === "category" ? one.value : one.text)),
    ["kopf", "Elektronik > Audio > Kopfhörer", "Wohnen", "Kopfhörer X", "Kopfkissen"],
  );
});

test("nothing found suggests nothing", () => {
  assert.deepEqual(suggestionsOf("zzz", page([], [], 0)), []);
});
