import Link from "next/link";
import type { Lang } from "../routes.ts";
import { wordsOf } from "../words/index.ts";
import { chipLabel } from "./label.ts";
import { loadWaysOut } from "./load.ts";
import { addressOf, type Search } from "./state.ts";

/** Nothing found: which filter it is that leaves nothing, with what there would be without it. */
export async function NoHits({
  search,
  names,
  lang,
}: {
  search: Search;
  names: ReadonlyMap<string, string>;
  lang: Lang;
}) {
  const words = wordsOf(lang).search;
  const ways = await loadWaysOut(search);
  return (
    <div className="rounded-2xl border border-line bg-card p-6">
      <h2 className="text-xl font-bold">{words.none}</h2>
      {search.q && <p className="mt-2">{words.noneWords}</p>}
      {ways.length > 0 && <p className="mt-2">{words.noneHelp}</p>}
      <ul className="mt-3 flex flex-col gap-2">
        {ways.map(({ chip, count }) => (
          <li key={`${chip.kind}-${chip.value}`}>
            <Link
              href={addressOf(chip.without, lang)}
              prefetch={false}
              className="link"
              data-way={chip.kind}
            >
              {chip.kind === "deals"
                ? words.withoutDeals
                : chip.kind === "q"
                  ? words.withoutWords(chip.value)
                  : words.without(chipLabel(chip, search, names, lang))}
            </Link>
            : {words.count(count, chip.without.deals)}
          </li>
        ))}
      </ul>
    </div>
  );
}
