"use client";

import { useId } from "react";
import type { Lang } from "../routes.ts";
import { wordsOf } from "../words/index.ts";
import { FILTERS, useGoing } from "./going.tsx";
import { changed, SORTS, type Sort } from "./state.ts";

export function SortMenu({ lang }: { lang: Lang }) {
  const words = wordsOf(lang).search;
  const { search, go } = useGoing();
  const id = useId();
  return (
    <div className="flex items-center gap-2">
      <label htmlFor={id} className="text-sm whitespace-nowrap max-sm:sr-only">
        {words.sort}
      </label>
      <select
        id={id}
        name="sort"
        form={FILTERS}
        className="field !w-auto"
        value={search.sort}
        onChange={(event) => go(changed(search, { sort: event.target.value as Sort }))}
      >
        {SORTS.map((sort) => (
          <option key={sort} value={sort}>
            {words.sorts[sort]}
          </option>
        ))}
      </select>
    </div>
  );
}
