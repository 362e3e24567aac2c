import Link from "next/link";
import type { Lang } from "../routes.ts";
import { wordsOf } from "../words/index.ts";
import { chipLabel } from "./label.ts";
import { addressOf, chipsOf, NOTHING, type Search } from "./state.ts";

/** What is set, each with its way out; plain links, so that they work without scripts. */
export function Chips({
  search,
  names,
  lang,
}: {
  search: Search;
  names: ReadonlyMap<string, string>;
  lang: Lang;
}) {
  const chips = chipsOf(search);
  if (!chips.length) return null;
  const words = wordsOf(lang).search;
  const bare = { ...NOTHING, q: search.q, sort: search.sort, deals: search.deals };
  return (
    <ul aria-label={words.chips} className="mb-4 flex flex-wrap gap-2">
      {chips.map((chip) => {
        const label = chipLabel(chip, search, names, lang);
        return (
          <li key={`${chip.kind}-${chip.value}`}>
            <Link
              href={addressOf(chip.without, lang)}
              prefetch={false}
              scroll={false}
              aria-label={words.remove(label)}
              className="inline-flex min-h-9 items-center gap-2 rounded-full border border-edge bg-card px-3 text-sm hover:bg-sunk"
              data-chip={chip.kind}
            >
              {label}
              <span aria-hidden="true">×</span>
            </Link>
          </li>
        );
      })}
      {chips.length > 1 && (
        <li>
          <Link
            href={addressOf(bare, lang)}
            prefetch={false}
            scroll={false}
            className="link inline-flex min-h-9 items-center px-1 text-sm"
          >
            {words.clear}
          </Link>
        </li>
      )}
    </ul>
  );
}
