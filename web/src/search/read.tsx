import Link from "next/link";
import type { ReactNode } from "react";
import type { Listing, Understood } from "../api/types.ts";
import { money } from "../form.ts";
import type { Lang } from "../routes.ts";
import { wordsOf } from "../words/index.ts";
import { addressOf, type Search } from "./state.ts";
import { written } from "./written.ts";

const euros = (minor: number, lang: Lang) => money({ minor, currency: "EUR" }, lang);

/** What was read into the words, each line with the way to refuse it. */
export function Read({
  search,
  understood,
  met,
  items,
  lang,
}: {
  search: Search;
  understood: Understood;
  met: string;
  items: readonly Listing[];
  lang: Lang;
}) {
  const words = wordsOf(lang).search;
  const said = (word: string) => written(word, [search.q, ...items.map((one) => one.title)]);
  const all = (several: string) => several.split(" ").map(said).join(" ");
  const { price_min: low, price_max: high } = understood;
  // A filter that is set is told by its chip.
  const priced = search.price_min === null && search.price_max === null;
  const parts = [
    priced && low !== null && high !== null
      ? words.read.between(euros(low, lang), euros(high, lang))
      : priced && high !== null
        ? words.read.under(euros(high, lang))
        : priced && low !== null
          ? words.read.over(euros(low, lang))
          : null,
    understood.merchant && !search.merchant.length ? words.read.at(understood.merchant) : null,
  ].filter((one) => one !== null);
  const told: ReactNode[] = [
    ...understood.mended.map((one) => words.read.mended(all(one.taken), said(one.typed))),
    parts.length ? words.read.as(parts.join(", ")) : null,
    understood.dropped.length ? words.read.dropped(understood.dropped.map(said)) : words.met[met],
    understood.local ? words.read.local : null,
  ].filter(Boolean);
  const better = understood.did_you_mean;
  const refusable =
    understood.mended.length > 0 || parts.length > 0 || understood.dropped.length > 0;
  if (!told.length && !better) return null;
  return (
    <p className="mb-3 text-soft" data-read>
      {told.map((one, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: sentences in a fixed order
        <span key={at}>{one} </span>
      ))}
      {better && (
        <span>
          {words.read.meant}{" "}
          <Link
            className="link py-1 font-semibold"
            href={addressOf({ ...search, q: better, page: 1 }, lang)}
          >
            {better}
          </Link>
          ?{" "}
        </span>
      )}
      {refusable && !search.exact && (
        <Link
          className="link inline-block py-1"
          href={addressOf({ ...search, exact: true, page: 1 }, lang)}
          rel="nofollow"
        >
          {words.read.exactly}
        </Link>
      )}
    </p>
  );
}
