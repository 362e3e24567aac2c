/** A search as RSS 2.0, for readers of news. */

import type { Listing } from "../api/types.ts";
import { money } from "../form.ts";
import { type Lang, pathOf, slugOf } from "../routes.ts";
import { wordsOf } from "../words/index.ts";
import { addressOf, feedOf, type Search } from "./state.ts";

/** The document. An offer whose price changed is news: its name has the price in it. */
export function channelOf(search: Search, items: Listing[], lang: Lang, origin: string): string {
  const words = wordsOf(lang);
  const title = [words.name, words.search.title(search.q), ...search.category].join(": ");
  const entries = items.map((item) => {
    const price = item.price ? money(item.price, lang) : words.card.noPrice;
    const verdict =
      words.verdicts[(item.verdict ?? "insufficient") as keyof typeof words.verdicts] ?? "";
    const address = origin + pathOf(lang, "deal", item.id, slugOf(item.title));
    const picture = item.picture
      ? `<enclosure url="${inXml(`${origin}${item.picture}&width=640`)}" type="image/webp" length="0"/>`
      : "";
    return `<item>
<title>${inXml(`${item.title}: ${price}`)}</title>
<link>${inXml(address)}</link>
<guid isPermaLink="false">${inXml(`${item.id}-${item.price?.minor ?? "none"}`)}</guid>
<description>${inXml(`${item.merchant.name}. ${verdict}. ${item.explanation?.[lang] ?? ""}`.trim())}</description>
${item.category ? `<category>${inXml(item.category)}</category>` : ""}${picture}
</item>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>
<title>${inXml(title)}</title>
<link>${inXml(origin + addressOf(search, lang))}</link>
<description>${inXml(words.claim)}</description>
<language>${lang}</language>
<atom:link href="${inXml(origin + feedOf(search, lang))}" rel="self" type="application/rss+xml"/>
${entries.join("\n")}
</channel></rss>
`;
}

/** Text as XML has it: no mark of its own, and no character that XML 1.0 does not know. */
export function inXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
