/** Why offers are one product, in the language of the page. The API tells reasons as English texts
 * joined by "; " (a form each, with values in it); what has no form here stays as it was said. */

import { amount } from "../form.ts";
import type { Lang } from "../routes.ts";
import { type Words, wordsOf } from "../words/index.ts";

export interface Told {
  text: string;
  /** That it is not in the page's language. */
  foreign: boolean;
}

type Values = (...values: string[]) => string;

const UNITS: Record<string, [unit: string, per: number]> = {
  g: ["kg", 1000],
  ml: ["l", 1000],
  mm: ["m", 1000],
};

/** `mb:512000.0` is `512 GB`, `g:500.0` is `500 g`; what is no measure stays as it is. */
export function measure(text: string, lang: Lang): string {
  const [unit = "", number] = text.split(":");
  const value = Number(number);
  if (number === undefined || !Number.isFinite(value)) return text;
  if (unit === "mb") {
    const [per, name] =
      value >= 1e6 ? ([1e6, "TB"] as const) : value >= 1e3 ? ([1e3, "GB"] as const) : [1, "MB"];
    return amount(value / Number(per), String(name), lang);
  }
  const [larger, per] = UNITS[unit] ?? [unit, 1];
  return amount(value / per, larger, lang);
}

function forms(words: Words, lang: Lang): [RegExp, Values][] {
  const said = words.together;
  const each = (text: string, parted: string, tell: (one: string) => string) =>
    text.split(parted).map(tell).join(parted);
  const colours = (text: string) => each(text, "+", (one) => words.product.colours[one] ?? one);
  const measures = (text: string) => text.split(/, |\+/).map((one) => measure(one, lang));
  return [
    [/^same GTIN (\S+)$/, (value = "") => said.sameGtin(value)],
    [/^same part number (.+)$/, (value = "") => said.samePart(value)],
    [/^same model number (.+)$/, (value = "") => said.sameModel(value)],
    [/^same measure (.+)$/, (value = "") => said.sameMeasure(measures(value).join(", "))],
    [/^same price$/, () => said.samePrice],
    [/^price (\d+) % apart$/, (percent = "") => said.priceApart(percent)],
    [
      /^colours differ: (.+) against (.+)$/,
      (one = "", two = "") => said.coloursDiffer(colours(one), colours(two)),
    ],
    [
      /^sizes differ: (.+) against (.+)$/,
      (one = "", two = "") => said.sizesDiffer(one.toUpperCase(), two.toUpperCase()),
    ],
    [
      /^measures differ: (.+) against (.+)$/,
      (one = "", two = "") =>
        said.measuresDiffer(measures(one).join(" + "), measures(two).join(" + ")),
    ],
    [/^packs differ: (\d+) against (\d+)$/, (one = "", two = "") => said.packsDiffer(one, two)],
    [/^GTINs differ$/, () => said.gtinsDiffer],
    [/^conditions differ$/, () => said.conditionsDiffer],
    [/^model numbers have nothing in common$/, () => said.modelsDiffer],
    [/^(\d+) of (\d+) words shared$/, (shared = "", all = "") => said.words(shared, all)],
  ];
}

export function reasonsIn(reasons: string, lang: Lang): Told[] {
  const known = forms(wordsOf(lang), lang);
  return reasons.split("; ").map((reason) => {
    for (const [form, tell] of known) {
      const met = form.exec(reason);
      if (met) return { text: tell(...met.slice(1)), foreign: false };
    }
    return { text: reason, foreign: lang !== "en" };
  });
}

/** `Farbe Blau, Speicher 512 GB`: in what a variant differs, with its first word large. */
export function differsIn(differs: Record<string, string>, lang: Lang): string {
  const words = wordsOf(lang).product;
  return Object.entries(differs)
    .map(([name, value]) => {
      const said =
        name === "colour"
          ? (words.colours[value] ?? value)
          : name === "size"
            ? value.toUpperCase()
            : name === "pack" && /^\d+$/.test(value)
              ? words.pieces(Number(value))
              : lang === "de"
                ? value.replace(/(\d)\.(\d)/, "$1,$2")
                : value;
      return `${words.differs[name] ?? name} ${said}`;
    })
    .join(", ");
}
