import assert from "node:assert/strict";
import { test } from "node:test";
import { grantOf, limitsOf, termIn } from "../src/deal/coupon-words.ts";

const plain = { percent: null, money_off: null, kind: "other", title: "Nikolaus" };
const eur = (minor: number) => ({ minor, currency: "EUR" });

test("what a coupon grants is said as the language says it", () => {
  assert.equal(grantOf({ ...plain, percent: 20, kind: "percent_off" }, "de"), "20\u00a0% Rabatt");
  assert.equal(grantOf({ ...plain, money_off: eur(500), kind: "money_off" }, "en"), "€5.00 off");
  assert.equal(grantOf({ ...plain, kind: "free_shipping" }, "de"), "Versandkostenfrei");
  assert.equal(grantOf({ ...plain, kind: "of a later version" }, "de"), "Nikolaus");
});

test("an end and a minimum are said only where they are known", () => {
  const bare = { minimum_spend: null, for_everything: true, ends_at: null };
  assert.deepEqual(limitsOf(bare, "de"), ["für alles bei diesem Händler"]);
  assert.deepEqual(
    limitsOf(
      { minimum_spend: eur(5000), for_everything: false, ends_at: "2027-03-08T22:59:59Z" },
      "de",
    ),
    [
      "ab 50,00\u00a0€ Bestellwert",
      "für ausgewählte Artikel, dieser gehört dazu",
      "gültig bis 8. März 2027",
    ],
  );
});

test("a condition that we have no word for stays as the merchant stated it", () => {
  assert.equal(termIn("online", "de"), "im Onlineshop");
  assert.equal(termIn("nur dienstags", "de"), "nur dienstags");
});
