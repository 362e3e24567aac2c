import assert from "node:assert/strict";
import { test } from "node:test";
import type { Listing } from "../src/api/types.ts";
import { drawable } from "../src/deal/drawable.ts";
import { insideOf } from "../src/routes.ts";
import { channelOf, inXml } from "../src/search/rss.ts";
import { feedOf, NOTHING } from "../src/search/state.ts";

const ITEM = {
  id: "0000000000abc",
  title: 'Jacke <b>"Deich"</b> & Co\u0000',
  merchant: { slug: "laden", name: "Laden & Söhne" },
  price: { minor: 4990, currency: "EUR" },
  verdict: "genuine",
  explanation: { de: "Tiefer als zuvor.", en: "Lower than before." },
  category: "Mode > Jacken",
  picture: "/api/v1/pictures/0000000000abc?v=00",
} as Listing;

test("a feed has the address of its search in each language", () => {
  const search = { ...NOTHING, q: "jacke", page: 3 };
  assert.equal(feedOf(search, "de"), "/suche.rss?q=jacke");
  assert.equal(feedOf(search, "en"), "/en/search.rss?q=jacke");
  assert.deepEqual(insideOf("/suche.rss"), { lang: "de", path: "/de/search/rss" });
  assert.deepEqual(insideOf("/en/search.rss"), { lang: "en", path: "/en/search/rss" });
  assert.equal(insideOf("/search.rss").path, "/de/missing");
});

test("titles of shops are text in a feed, and a new price is news", () => {
  const told = channelOf({ ...NOTHING, q: "a&b" }, [ITEM], "de", "https://x.example");
  assert.match(told, /<title>Jacke &lt;b&gt;&quot;Deich&quot;&lt;\/b&gt; &amp; Co: 49,90/);
  assert.match(told, /<link>https:\/\/x\.example\/angebot\/0000000000abc\/jacke-/);
  assert.match(told, /<guid isPermaLink="false">0000000000abc-4990</);
  assert.match(told, /Echter Rabatt\. Tiefer als zuvor\./);
  assert.ok(!told.includes("\u0000"));
  const dearer = { ...ITEM, price: { minor: 5990, currency: "EUR" } };
  assert.match(channelOf(NOTHING, [dearer], "de", "https://x.example"), /0000000000abc-5990</);
});

test("no character that XML does not know gets through", () => {
  assert.equal(inXml("a\u0001b\ufffe\ud800c😀<"), "abc😀&lt;");
});

test("a picture has only letters that its font has", () => {
  assert.equal(drawable("Größe\u00a0L – 12,99\u00a0€ 😀 日本 ‑ ok"), "Größe L – 12,99 € - ok");
});
