/** What a search is: its words, filters, order and how far it was leafed through.
 *
 * The address is the truth: `stateOf` reads it, `queryOf` writes it, `askOf` asks the API.
 */

import { asTyped, typedCents } from "../form.ts";
import { type Lang, pathOf } from "../routes.ts";

export const SORTS = [
  "relevance",
  "discount",
  "price",
  "popular",
  "newest",
  "ending_soon",
] as const;
export type Sort = (typeof SORTS)[number];
export const TAGS = [
  "low_30_days",
  "best_price",
  "not_cheaper_for_years",
  "not_cheaper_since",
] as const;
export const VERDICTS = ["genuine", "plausible", "small", "no_reduction", "insufficient"] as const;

/** Rows of one to four cards are full. */
export const PAGE = 24;
/** A page further down is found by leafing; an address does not make the API work for minutes. */
export const MOST_PAGES = 40;

export interface Search {
  q: string;
  category: string[];
  merchant: string[];
  not_merchant: string[];
  brand: string[];
  verdict: string[];
  tag: string[];
  price_min: number | null;
  price_max: number | null;
  discount_min: number | null;
  deals: boolean;
  /** The words as they are typed: nothing read into them. */
  exact: boolean;
  sort: Sort;
  page: number;
}

export const NOTHING: Search = {
  q: "",
  category: [],
  merchant: [],
  not_merchant: [],
  brand: [],
  verdict: [],
  tag: [],
  price_min: null,
  price_max: null,
  discount_min: null,
  deals: true,
  exact: false,
  sort: "relevance",
  page: 1,
};

const LISTS = ["category", "merchant", "not_merchant", "brand", "verdict", "tag"] as const;
export type ListName = (typeof LISTS)[number];

export type Params = Record<string, string | string[] | undefined>;

/** The search that an address means. What cannot be meant is left out. */
export function stateOf(params: Params): Search {
  const all = (name: string): string[] => {
    const value = params[name];
    const values = value === undefined ? [] : Array.isArray(value) ? value : [value];
    return [...new Set(values.map((one) => one.trim().slice(0, 200)).filter(Boolean))].slice(0, 50);
  };
  const one = (name: string): string => all(name)[0] ?? "";
  const sort = one("sort");
  const page = /^\d{1,3}$/.test(one("page")) ? Number(one("page")) : 1;
  const percent = /^\d{1,2}$/.test(one("discount_min")) ? Number(one("discount_min")) : 0;
  let low = typedCents(one("price_min"));
  let high = typedCents(one("price_max"));
  if (low !== null && high !== null && low > high) [low, high] = [high, low];
  const verdicts: readonly string[] = VERDICTS;
  const tags: readonly string[] = TAGS;
  return {
    q: one("q"),
    category: all("category"),
    merchant: all("merchant"),
    not_merchant: all("not_merchant"),
    brand: all("brand"),
    verdict: all("verdict").filter((value) => verdicts.includes(value)),
    tag: all("tag").filter((value) => tags.includes(value)),
    price_min: low || null,
    price_max: high,
    discount_min: percent || null,
    deals: one("show") !== "all",
    exact: one("exact") === "1",
    sort: (SORTS as readonly string[]).includes(sort) ? (sort as Sort) : "relevance",
    page: Math.min(Math.max(page, 1), MOST_PAGES),
  };
}

/** The query of an address, always in the same order and without what is at its default. */
export function queryOf(search: Search): string {
  const query = new URLSearchParams();
  if (search.q) query.set("q", search.q);
  for (const name of LISTS) for (const value of search[name]) query.append(name, value);
  if (search.price_min !== null) query.set("price_min", asTyped(search.price_min, "en"));
  if (search.price_max !== null) query.set("price_max", asTyped(search.price_max, "en"));
  if (search.discount_min !== null) query.set("discount_min", String(search.discount_min));
  if (!search.deals) query.set("show", "all");
  if (search.exact) query.set("exact", "1");
  if (search.sort !== "relevance") query.set("sort", search.sort);
  if (search.page > 1) query.set("page", String(search.page));
  return query.toString();
}

export function addressOf(search: Search, lang: Lang): string {
  const query = queryOf(search);
  return pathOf(lang, "search") + (query ? `?${query}` : "");
}

/** The same search as a feed for readers of news. */
export function feedOf(search: Search, lang: Lang): string {
  const query = queryOf({ ...search, page: 1 });
  return `${pathOf(lang, "search")}.rss${query ? `?${query}` : ""}`;
}

/** The API's question for a part of the hits. */
export function askOf(
  search: Search,
  more: { limit: number; cursor?: string | null; facets?: boolean; spark?: boolean },
): string {
  const query = new URLSearchParams();
  if (search.q) query.set("q", search.q);
  for (const name of LISTS) for (const value of search[name]) query.append(name, value);
  for (const name of ["price_min", "price_max", "discount_min"] as const) {
    const value = search[name];
    if (value !== null) query.set(name, String(value));
  }
  if (search.deals) query.set("deals_only", "true");
  if (search.exact) query.set("verbatim", "true");
  query.set("sort", search.sort);
  query.set("limit", String(more.limit));
  if (!more.facets) query.set("facets", "false");
  if (more.spark) query.set("spark", "true");
  if (more.cursor) query.set("cursor", more.cursor);
  return `/search?${query}`;
}

/** Another search, from its first page on. */
export function changed(search: Search, change: Partial<Search>): Search {
  return { ...search, page: 1, ...change };
}

/** A value put into a list, or taken out of it. */
export function toggled(search: Search, name: ListName, value: string): Search {
  const has = search[name].includes(value);
  const values = has ? search[name].filter((one) => one !== value) : [...search[name], value];
  return changed(search, { [name]: values });
}

/** A category put in takes the place of those above and below it; taken out, it is just away. */
export function categoryToggled(search: Search, value: string): Search {
  if (search.category.includes(value)) return toggled(search, "category", value);
  const apart = search.category.filter(
    (one) => !one.startsWith(`${value} > `) && !value.startsWith(`${one} > `),
  );
  return changed(search, { category: [...apart, value] });
}

/** One filter that is set, and the search without it. */
export interface Chip {
  kind: ListName | "price" | "discount_min" | "q" | "deals";
  value: string;
  without: Search;
}

/** What is set, in the order of the filters. "Only deals" is one only where it hides something. */
export function chipsOf(search: Search): Chip[] {
  const chips: Chip[] = [];
  for (const name of LISTS) {
    for (const value of search[name]) {
      chips.push({ kind: name, value, without: toggled(search, name, value) });
    }
  }
  if (search.price_min !== null || search.price_max !== null) {
    const without = changed(search, { price_min: null, price_max: null });
    chips.push({
      kind: "price",
      value: `${search.price_min ?? ""}-${search.price_max ?? ""}`,
      without,
    });
  }
  if (search.discount_min !== null) {
    const without = changed(search, { discount_min: null });
    chips.push({ kind: "discount_min", value: String(search.discount_min), without });
  }
  return chips;
}

/** Which single steps back would find something: for a page without hits. */
export function waysOut(search: Search): Chip[] {
  const ways = chipsOf(search);
  if (search.deals)
    ways.push({ kind: "deals", value: "", without: changed(search, { deals: false }) });
  if (search.q && ways.length) {
    ways.push({ kind: "q", value: search.q, without: changed(search, { q: "" }) });
  }
  return ways.slice(0, 8);
}
