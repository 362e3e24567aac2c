"use client";

import { useEffect, useRef } from "react";
import type { FacetValue } from "../api/types.ts";
import { grouped } from "../form.ts";
import { type Lang, pathOf } from "../routes.ts";
import { wordsOf } from "../words/index.ts";
import { Categories } from "./categories.tsx";
import { FILTERS, useGoing } from "./going.tsx";
import { Merchants } from "./merchants.tsx";
import { Discount, PriceRange } from "./ranges.tsx";
import { changed, TAGS, toggled, VERDICTS } from "./state.ts";

interface Props {
  facets: Record<string, FacetValue[]>;
  total: number;
  lang: Lang;
}

const WIDE = "(min-width: 64rem)";

/** All filters: beside the hits where there is room, a sheet from below where there is none.
 *
 * Without scripts it is a form with a button.
 */
export function Filters({ facets, total, lang }: Props) {
  const words = wordsOf(lang).search;
  const { search, go } = useGoing();
  const sheet = useRef<HTMLDialogElement>(null);

  useEffect(() => {
    // The sheet of a phone that is turned or a window that grows is a column again.
    const wide = window.matchMedia(WIDE);
    const settle = () => {
      const dialog = sheet.current;
      if (!dialog || !wide.matches) return;
      if (dialog.matches(":modal")) dialog.close();
      if (!dialog.open) dialog.show();
    };
    settle();
    wide.addEventListener("change", settle);
    return () => wide.removeEventListener("change", settle);
  }, []);

  const openSheet = () => {
    const dialog = sheet.current;
    if (!dialog) return;
    if (dialog.open) dialog.close();
    dialog.showModal();
  };

  return (
    <>
      <button type="button" className="button lg:hidden" aria-haspopup="dialog" onClick={openSheet}>
        {words.filters}
      </button>
      <dialog
        ref={sheet}
        open
        aria-label={words.filters}
        className="sheet z-30 bg-card text-ink lg:static lg:m-0 lg:block lg:w-full lg:bg-transparent lg:p-0"
      >
        <form
          id={FILTERS}
          action={pathOf(lang, "search")}
          className="flex flex-col gap-6 pb-20 lg:pb-0"
        >
          {search.q && <input type="hidden" name="q" value={search.q} />}
          {search.brand.map((value) => (
            <input key={value} type="hidden" name="brand" value={value} />
          ))}
          <div className="flex items-center justify-between lg:hidden">
            <h2 className="text-lg font-bold">{words.filters}</h2>
            <button type="button" className="button" onClick={() => sheet.current?.close()}>
              {words.close}
            </button>
          </div>
          <fieldset>
            <legend className="font-semibold">{words.scope}</legend>
            {[true, false].map((deals) => (
              <label key={String(deals)} className="flex min-h-9 items-center gap-2">
                <input
                  type="radio"
                  name="show"
                  value={deals ? "deals" : "all"}
                  className="size-4.5 accent-fox"
                  checked={search.deals === deals}
                  onChange={() => go(changed(search, { deals }))}
                />
                {deals ? words.deals : words.everything}
              </label>
            ))}
            <p className="text-sm text-soft">{words.scopeHelp}</p>
          </fieldset>
          <Categories values={facets.category ?? []} lang={lang} />
          <Verdicts values={facets.verdict ?? []} lang={lang} />
          <PriceRange search={search} lang={lang} />
          <Discount search={search} values={facets.discount ?? []} lang={lang} />
          <Tags values={facets.tag ?? []} lang={lang} />
          <Merchants values={facets.merchant ?? []} lang={lang} />
          <noscript>
            <button type="submit" className="button button-main w-full">
              {words.apply}
            </button>
          </noscript>
          <div className="fixed inset-x-0 bottom-0 border-t border-line bg-card p-3 lg:hidden">
            <button
              type="button"
              className="button button-main w-full"
              onClick={() => sheet.current?.close()}
            >
              <span aria-live="polite">{words.show(total)}</span>
            </button>
          </div>
        </form>
      </dialog>
    </>
  );
}

function Tags({ values, lang }: { values: FacetValue[]; lang: Lang }) {
  const words = wordsOf(lang);
  const { search, go } = useGoing();
  const shown = TAGS.filter(
    (name) => search.tag.includes(name) || values.some((one) => one.value === name && one.count),
  );
  if (!shown.length) return null;
  return (
    <fieldset>
      <legend className="font-semibold">{words.search.tag}</legend>
      {shown.map((name) => (
        <Tick
          key={name}
          name="tag"
          value={name}
          label={words.tags[name]}
          count={values.find((one) => one.value === name)?.count ?? 0}
          checked={search.tag.includes(name)}
          lang={lang}
          onChange={() => go(toggled(search, "tag", name))}
        />
      ))}
    </fieldset>
  );
}

function Verdicts({ values, lang }: { values: FacetValue[]; lang: Lang }) {
  const words = wordsOf(lang);
  const { search, go } = useGoing();
  const shown = VERDICTS.filter(
    (name) =>
      search.verdict.includes(name) || values.some((one) => one.value === name && one.count),
  );
  if (!shown.length) return null;
  return (
    <fieldset>
      <legend className="font-semibold">{words.search.verdict}</legend>
      {shown.map((name) => (
        <Tick
          key={name}
          name="verdict"
          value={name}
          label={words.verdicts[name]}
          count={values.find((one) => one.value === name)?.count ?? 0}
          checked={search.verdict.includes(name)}
          lang={lang}
          onChange={() => go(toggled(search, "verdict", name))}
        />
      ))}
    </fieldset>
  );
}

/** A value of a facet with its count; one that is chosen stays even with nothing behind it. */
export function Tick({
  name,
  value,
  label,
  count,
  checked,
  lang,
  onChange,
}: {
  name: string;
  value: string;
  label: string;
  count: number;
  checked: boolean;
  lang: Lang;
  onChange: () => void;
}) {
  return (
    <label className="flex min-h-9 items-center gap-2">
      <input
        type="checkbox"
        name={name}
        value={value}
        className="size-4.5 shrink-0 accent-fox"
        checked={checked}
        onChange={onChange}
      />
      <span className="flex-1">{label}</span>
      <span className="text-sm text-soft">{grouped(count, lang)}</span>
    </label>
  );
}
