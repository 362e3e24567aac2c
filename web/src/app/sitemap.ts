import type { MetadataRoute } from "next";
import { askFor } from "../api/ask.ts";
import type { MerchantPage, SearchPage } from "../api/types.ts";
import { addressOfDeal } from "../deal/card.tsx";
import { originAsked } from "../page/ask-language.ts";
import { LANGUAGES, pathOf } from "../routes.ts";
import { addressOf, askOf, NOTHING } from "../search/state.ts";

const NEWEST = 100; // deals: the rest is found by leafing
const PAGES = 20; // of merchants

/** Pages worth an index: start, explanations, categories, merchants, the newest deals. */
export default async function sitemap(): Promise<MetadataRoute.Sitemap> {
  const origin = await originAsked();
  const newest = askOf({ ...NOTHING, sort: "newest" }, { limit: NEWEST, facets: true });
  const found = await askFor<SearchPage>(newest);
  const entries: MetadataRoute.Sitemap = [];
  const add = (path: (lang: "de" | "en") => string, lastModified?: string) => {
    const languages = Object.fromEntries(LANGUAGES.map((lang) => [lang, origin + path(lang)]));
    for (const lang of LANGUAGES) {
      entries.push({
        url: origin + path(lang),
        alternates: { languages },
        ...(lastModified ? { lastModified } : {}),
      });
    }
  };
  add((lang) => pathOf(lang));
  for (const page of ["search", "judging", "ranking"] as const) add((lang) => pathOf(lang, page));
  if (found.ok) {
    for (const one of found.data.facets.category ?? []) {
      add((lang) => addressOf({ ...NOTHING, category: [one.value] }, lang));
    }
  }
  let cursor: string | null = null;
  for (let page = 0; page < PAGES; page++) {
    const path: string = `/merchants?limit=100${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`;
    const merchants = await askFor<MerchantPage>(path);
    if (!merchants.ok) break;
    for (const one of merchants.data.items) add((lang) => pathOf(lang, "merchant", one.slug));
    cursor = merchants.data.next_cursor;
    if (cursor === null) break;
  }
  if (found.ok) {
    for (const item of found.data.items) {
      add((lang) => addressOfDeal(lang, item.id, item.title), item.checked_at ?? undefined);
    }
  }
  return entries;
}
