"use client";

import { useId, useState } from "react";
import type { FacetValue } from "../api/types.ts";
import type { Lang } from "../routes.ts";
import { wordsOf } from "../words/index.ts";
import { Tick } from "./filters.tsx";
import { useGoing } from "./going.tsx";
import { changed, toggled } from "./state.ts";

const FEW = 8;

/** Merchants: choose several, leave some out, find them by name. Those chosen stay in sight. */
export function Merchants({ values, lang }: { values: FacetValue[]; lang: Lang }) {
  const words = wordsOf(lang).search;
  const { search, go } = useGoing();
  const id = useId();
  const [sought, setSought] = useState("");
  const known = new Set(values.map((one) => one.value));
  const all = [
    ...values,
    ...search.merchant
      .filter((slug) => !known.has(slug))
      .map((slug) => ({ value: slug, label: slug, count: 0, selected: true })),
  ];
  const folded = fold(sought);
  const matching = all.filter((one) => fold(one.label).includes(folded));
  const chosen = matching.filter((one) => search.merchant.includes(one.value));
  const others = matching.filter(
    (one) => !search.merchant.includes(one.value) && !search.not_merchant.includes(one.value),
  );
  const shown = [...chosen, ...others.slice(0, folded ? 20 : FEW)];
  if (!all.length) return null;
  return (
    <fieldset>
      <legend className="font-semibold">{words.merchant}</legend>
      <label htmlFor={`${id}-find`} className="sr-only">
        {words.merchantSearch}
      </label>
      <input
        id={`${id}-find`}
        type="search"
        className="field mt-1 mb-1"
        placeholder={words.merchantSearch}
        autoComplete="off"
        value={sought}
        onChange={(event) => setSought(event.target.value)}
        onKeyDown={(event) => event.key === "Enter" && event.preventDefault()}
      />
      {shown.length === 0 && <p className="text-sm text-soft">{words.merchantNone}</p>}
      {shown.map((one) => (
        <div key={one.value} className="flex items-center gap-1">
          <div className="min-w-0 flex-1">
            <Tick
              name="merchant"
              value={one.value}
              label={one.label}
              count={one.count}
              checked={search.merchant.includes(one.value)}
              lang={lang}
              onChange={() => go(toggled(search, "merchant", one.value))}
            />
          </div>
          <button
            type="button"
            className="grid size-8 place-items-center rounded-lg text-soft hover:bg-sunk"
            aria-label={words.exclude(one.label)}
            title={words.exclude(one.label)}
            onClick={() =>
              go(
                changed(search, {
                  merchant: search.merchant.filter((slug) => slug !== one.value),
                  not_merchant: [...search.not_merchant, one.value],
                }),
              )
            }
          >
            <svg
              viewBox="0 0 16 16"
              className="size-4"
              fill="none"
              stroke="currentColor"
              strokeWidth="1.8"
              aria-hidden="true"
              focusable="false"
            >
              <path d="M8 14A6 6 0 1 1 8 2a6 6 0 0 1 0 12zM4 4l8 8" />
            </svg>
          </button>
        </div>
      ))}
      {search.not_merchant.map((slug) => (
        <input key={slug} type="hidden" name="not_merchant" value={slug} />
      ))}
    </fieldset>
  );
}

function fold(text: string): string {
  return text.trim().toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "").replaceAll("ß", "ss");
}
