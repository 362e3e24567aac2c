import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { differsIn, measure, reasonsIn } from "../src/deal/reasons.ts";

const texts = (reasons: string, lang: "de" | "en") =>
  reasonsIn(reasons, lang).map((one) => one.text);

test("reasons are said in the language of the page, with measures and colours as people say them", () => {
  const said =
    "same GTIN 04361475041957; same model number wt980, wt98001; same measure mb:512000.0; " +
    "price 32 % apart; colours differ: black+grey against blue; packs differ: 1 against 4; 4 of 6 words shared";
  assert.deepEqual(texts(said, "de"), [
    "gleiche GTIN 04361475041957",
    "gleiche Modellnummer wt980, wt98001",
    "gleiches Maß 512\u00a0GB",
    "Preise 32\u00a0% auseinander",
    "Farben verschieden: Schwarz+Grau und Blau",
    "Packungen verschieden: 1 und 4 Stück",
    "4 von 6 Wörtern gemeinsam",
  ]);
  assert.ok(reasonsIn(said, "de").every((one) => !one.foreign));
  assert.equal(texts(said, "en")[2], "same measure 512\u00a0GB");
});

test("a reason that has no form here stays as it was said, and is marked as English", () => {
  assert.deepEqual(reasonsIn("moon in the same phase", "de"), [
    { text: "moon in the same phase", foreign: true },
  ]);
  assert.equal(reasonsIn("moon in the same phase", "en")[0]?.foreign, false);
});

test("every reason that the matching gives has a form here", () => {
  const source = readFileSync(
    new URL("../../src/sparfuchs/matching/explain.py", import.meta.url),
    "utf8",
  );
  const code = source.slice(source.indexOf("parts = ["));
  const begun = [...code.matchAll(/"((?:same|colours|sizes|measures|packs) ?[^"{]*)/g)].map(
    (one) => one[1] ?? "",
  );
  const words = begun.filter((one) => one.startsWith("same ") || one.endsWith(": "));
  const alone = [...source.matchAll(/^ {4}"\w+": "([^"]+)",$/gm)].map((one) => one[1] ?? "");
  assert.ok(words.length >= 8 && alone.length >= 7, `${words.length} ${alone.length}`);
  const whole = words.map((one) => {
    if (one.endsWith("differ: "))
      return `${one}${one.startsWith("packs") ? "1 against 2" : "a against b"}`;
    return one.endsWith(" ") ? `${one}x1` : one;
  });
  // Colours, sizes, measures and packs are told with their values and never by name alone.
  const bare = alone.filter((one) => !/^(packs|measures|sizes|colours) differ$/.test(one));
  for (const reason of [...whole, ...bare]) {
    assert.equal(reasonsIn(reason, "de")[0]?.foreign, false, reason);
  }
});

test("a measure is told in the unit that people use", () => {
  assert.equal(measure("g:500.0", "de"), "500\u00a0g");
  assert.equal(measure("ml:1500.0", "de"), "1,5\u00a0l");
  assert.equal(measure("mb:2000000.0", "en"), "2\u00a0TB");
  assert.equal(measure("wh:99.5", "de"), "99,5\u00a0wh");
  assert.equal(measure("4711", "de"), "4711");
});

test("a variant says in what it differs", () => {
  assert.equal(
    differsIn({ colour: "blue", storage: "512 GB" }, "de"),
    "Farbe Blau, Speicher 512 GB",
  );
  assert.equal(differsIn({ pack: "4", weight: "1.5 kg" }, "de"), "Packung 4 Stück, Gewicht 1,5 kg");
  assert.equal(differsIn({ size: "2xl" }, "en"), "Size 2XL");
});
