import assert from "node:assert/strict";
import { test } from "node:test";
import { ago, amount, asTyped, day, money, typedCents } from "../src/form.ts";
import { inOther, insideOf, pathOf, slugOf } from "../src/routes.ts";

const eur = (minor: number) => ({ minor, currency: "EUR" });

test("money is written as the language writes it", () => {
  assert.equal(money(eur(123_456), "de"), "1.234,56\u00a0€");
  assert.equal(money(eur(123_456), "en"), "€1,234.56");
  assert.equal(money(eur(5), "de"), "0,05\u00a0€");
  assert.equal(money(eur(-199), "de"), "−1,99\u00a0€");
  assert.equal(money(eur(123_456_789), "de"), "1.234.567,89\u00a0€");
  assert.equal(money({ minor: 500, currency: "JPY" }, "en"), "JPY500");
});

test("how much is in it is told in the unit that people use", () => {
  assert.equal(amount(0.4, "kg", "de"), "400\u00a0g");
  assert.equal(amount(1.5, "kg", "de"), "1,5\u00a0kg");
  assert.equal(amount(1.5, "l", "en"), "1.5\u00a0l");
  assert.equal(amount(0.33, "l", "en"), "330\u00a0ml");
  assert.equal(amount(0.125, "m", "de"), "12,5\u00a0cm");
  assert.equal(amount(0.5, "m²", "de"), "0,5\u00a0m²");
});

test("an amount is read as people type it, and anything else is none", () => {
  for (const [text, cents] of [
    ["50", 5000],
    ["19,99", 1999],
    ["19.99", 1999],
    ["1.234,5", 123_450],
    ["1,234.50", 123_450],
    ["1.234", 123_400],
    [" 7 € ", 700],
  ] as const) {
    assert.equal(typedCents(text), cents, text);
  }
  for (const text of ["", "viel", "-5", "1,2,3", "1e9", "12345678901234567890"]) {
    assert.equal(typedCents(text), null, text);
  }
});

test("what is written into a field is read back as the same", () => {
  for (const cents of [0, 5, 100, 1999, 123_456, 5_000_000]) {
    for (const lang of ["de", "en"] as const) assert.equal(typedCents(asTyped(cents, lang)), cents);
  }
});

test("days are those of Berlin, on both sides of the change of the clock", () => {
  assert.equal(day("2026-03-28T23:30:00Z", "de"), "29. März 2026");
  assert.equal(day("2026-10-25T22:30:00Z", "en"), "25 October 2026");
});

test("an age is said in the unit that a person would use", () => {
  assert.equal(ago(3, "de"), "vor 1 Min.");
  assert.equal(ago(600, "de"), "vor 10 Min.");
  assert.equal(ago(7200, "en"), "2 h ago");
  assert.equal(ago(200_000, "de"), "vor 2 Tagen");
});

test("each page has an address in both languages that leads to the same place", () => {
  assert.deepEqual(insideOf("/suche"), { lang: "de", path: "/de/search" });
  assert.deepEqual(insideOf("/en/deal/a1/x"), { lang: "en", path: "/en/deal/a1/x" });
  assert.deepEqual(insideOf("/"), { lang: "de", path: "/de" });
  // The names of the file tree and of the other language are no addresses.
  for (const path of ["/search", "/de/search", "/en/suche", "/judging"]) {
    assert.match(insideOf(path).path, /missing/, path);
  }
  const german = pathOf("de", "deal", "a1", "schöne-tasse");
  assert.deepEqual(inOther(german), {
    lang: "en",
    path: pathOf("en", "deal", "a1", "schöne-tasse"),
  });
  assert.equal(inOther(inOther(german).path).path, german);
});

test("a title becomes words of an address without umlauts or marks", () => {
  assert.equal(slugOf("Größe 42 – Süße Crème (500 ml)!"), "groesse-42-suesse-creme-500-ml");
});
