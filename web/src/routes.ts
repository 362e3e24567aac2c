/** Addresses of the site in each language, and what they are inside. */

export const LANGUAGES = ["de", "en"] as const;
export type Lang = (typeof LANGUAGES)[number];

/** The page as the file tree names it, and the first word of its address in each language. */
const PAGES = {
  search: { de: "suche", en: "search" },
  deal: { de: "angebot", en: "deal" },
  saved: { de: "gemerkt", en: "saved" },
  merchant: { de: "haendler", en: "merchant" },
  judging: { de: "so-urteilen-wir", en: "how-we-judge" },
  ranking: { de: "so-ordnen-wir", en: "how-we-rank" },
  imprint: { de: "impressum", en: "imprint" },
  privacy: { de: "datenschutz", en: "privacy" },
} as const satisfies Record<string, Record<Lang, string>>;

export type PageName = keyof typeof PAGES;

/** The address of a page: German at the root, English under /en. */
export function pathOf(lang: Lang, page?: PageName, ...rest: string[]): string {
  const parts = [
    ...(lang === "de" ? [] : [lang]),
    ...(page ? [PAGES[page][lang]] : []),
    ...rest.map(encodeURIComponent),
  ];
  return `/${parts.join("/")}`;
}

export interface Inside {
  lang: Lang;
  /** The path in the file tree, from the language on. */
  path: string;
}

/** What an address means inside; an unknown one leads to a page that is not there. */
export function insideOf(path: string): Inside {
  const parts = path.split("/").filter(Boolean);
  const lang: Lang = parts[0] === "en" ? "en" : "de";
  const [first, ...rest] = lang === "de" ? parts : parts.slice(1);
  if (first === undefined) return { lang, path: `/${lang}` };
  if (first === `${PAGES.search[lang]}.rss` && !rest.length) {
    return { lang, path: `/${lang}/search/rss` };
  }
  const page = Object.entries(PAGES).find(([, names]) => names[lang] === first)?.[0];
  return { lang, path: `/${[lang, page ?? "missing", ...rest].join("/")}` };
}

/** The same page in the other language; the query stays. */
export function inOther(path: string): { lang: Lang; path: string } {
  const parts = path.split("/").filter(Boolean);
  const from: Lang = parts[0] === "en" ? "en" : "de";
  const to: Lang = from === "de" ? "en" : "de";
  const [first, ...rest] = from === "de" ? parts : parts.slice(1);
  if (first === undefined) return { lang: to, path: pathOf(to) };
  const page = Object.entries(PAGES).find(([, names]) => names[from] === first)?.[0];
  const known = page as PageName | undefined;
  return {
    lang: to,
    path: known ? pathOf(to, known, ...rest.map(decodeURIComponent)) : pathOf(to),
  };
}

/** The words of a title as they stand in an address. */
export function slugOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll("ä", "ae")
    .replaceAll("ö", "oe")
    .replaceAll("ü", "ue")
    .replaceAll("ß", "ss")
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
    .slice(0, 80);
}
