import { money } from "../form.ts";
import type { Lang } from "../routes.ts";
import { wordsOf } from "../words/index.ts";
import type { Chip, Search } from "./state.ts";

/** What a set filter is called. Merchants by their names, which the facet knows. */
export function chipLabel(
  chip: Chip,
  search: Search,
  names: ReadonlyMap<string, string>,
  lang: Lang,
): string {
  const words = wordsOf(lang);
  switch (chip.kind) {
    case "merchant":
      return names.get(chip.value) ?? chip.value;
    case "not_merchant":
      return words.search.excluded(names.get(chip.value) ?? chip.value);
    case "verdict":
      return words.verdicts[chip.value as keyof typeof words.verdicts] ?? chip.value;
    case "tag":
      return words.tags[chip.value as keyof typeof words.tags] ?? chip.value;
    case "category":
      return chip.value.split(" > ").at(-1) ?? chip.value;
    case "brand":
    case "q":
      return chip.value;
    case "discount_min":
      return words.search.percentFrom(Number(chip.value));
    case "deals":
      return words.search.deals;
    case "price": {
      const low =
        search.price_min === null ? "" : money({ minor: search.price_min, currency: "EUR" }, lang);
      const high =
        search.price_max === null ? "" : money({ minor: search.price_max, currency: "EUR" }, lang);
      if (low && high) return `${low} – ${high}`;
      return low ? words.search.fromPrice(low) : words.search.upTo(high);
    }
  }
}
