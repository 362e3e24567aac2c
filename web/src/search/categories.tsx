"use client";

import type { FacetValue } from "../api/types.ts";
import type { Lang } from "../routes.ts";
import { wordsOf } from "../words/index.ts";
import { Tick } from "./filters.tsx";
import { useGoing } from "./going.tsx";
import { categoryToggled } from "./state.ts";
import { openRows } from "./tree.ts";

/** The categories as a tree that opens along what is chosen. */
export function Categories({ values, lang }: { values: FacetValue[]; lang: Lang }) {
  const words = wordsOf(lang).search;
  const { search, go } = useGoing();
  const rows = openRows(values, search.category);
  if (!rows.length) return null;
  return (
    <fieldset>
      <legend className="font-semibold">{words.category}</legend>
      {rows.map((row) => (
        <div key={row.value} className={["", "pl-5", "pl-10", "pl-14"][Math.min(row.depth, 3)]}>
          <Tick
            name="category"
            value={row.value}
            label={row.label}
            count={row.count}
            checked={search.category.includes(row.value)}
            lang={lang}
            onChange={() => go(categoryToggled(search, row.value))}
          />
        </div>
      ))}
    </fieldset>
  );
}
