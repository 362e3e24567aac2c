"use client";

import type { FacetValue } from "../api/types.ts";
import type { Lang } from "../routes.ts";
import { wordsOf } from "../words/index.ts";
import { Tick } from "./filters.tsx";
import { useGoing } from "./going.tsx";
import { categoryToggled, type Search } from "./state.ts";

/** The categories as a tree that opens along what is chosen. */
export function Categories({
  values,
  search,
  lang,
}: {
  values: FacetValue[];
  search: Search;
  lang: Lang;
}) {
  const words = wordsOf(lang).search;
  const rows = openRows(values, search.category);
  const { go } = useGoing();
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

export interface Row {
  value: string;
  label: string;
  depth: number;
  count: number;
}

/** The first level, and below what is chosen (or on the way to it) the next one; what is chosen is
 * there in any case. */
export function openRows(values: FacetValue[], chosen: string[]): Row[] {
  const counts = new Map(values.map((one) => [one.value, one.count]));
  for (const value of chosen) {
    const parts = value.split(" > ");
    for (let depth = 1; depth <= parts.length; depth++) {
      const path = parts.slice(0, depth).join(" > ");
      if (!counts.has(path)) counts.set(path, 0);
    }
  }
  const open = (path: string) => chosen.some((one) => one === path || one.startsWith(`${path} > `));
  const rows: Row[] = [];
  const walk = (parent: string, depth: number) => {
    const below = [...counts]
      .filter(([value, count]) => {
        const start = parent ? `${parent} > ` : "";
        const rest = value.startsWith(start) ? value.slice(start.length) : "";
        return rest && !rest.includes(" > ") && (count > 0 || open(value));
      })
      .sort(([a, x], [b, y]) => y - x || a.localeCompare(b, "de"));
    for (const [value, count] of below) {
      rows.push({ value, label: value.split(" > ").at(-1) ?? value, depth, count });
      if (open(value)) walk(value, depth + 1);
    }
  };
  walk("", 0);
  return rows;
}
