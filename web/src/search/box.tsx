"use client";

import { useRouter, useSearchParams } from "next/navigation";
import { useEffect, useId, useState, useTransition } from "react";
import type { SearchPage } from "../api/types.ts";
import { money } from "../form.ts";
import { type Lang, pathOf, slugOf } from "../routes.ts";
import { wordsOf } from "../words/index.ts";
import { addressOf, askOf, NOTHING } from "./state.ts";
import { type Suggestion, suggestionsOf } from "./suggest.ts";

const PAUSE = 300; // milliseconds after the last key

/** The search box: an editable combobox with a list (ARIA 1.2), and a plain form without scripts. */
export function SearchBox({ lang }: { lang: Lang }) {
  const words = wordsOf(lang).box;
  const router = useRouter();
  const id = useId();
  const searched = useSearchParams().get("q") ?? "";
  const [typed, setTyped] = useState(searched);
  const [shown, setShown] = useState<Suggestion[]>([]);
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const [leaving, leave] = useTransition();

  // The way back changes the search without a key in the field.
  useEffect(() => setTyped(searched), [searched]);

  useEffect(() => {
    const text = typed.trim();
    if (text.length < 2 || !open) {
      setShown([]);
      return;
    }
    const stop = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const path = askOf({ ...NOTHING, q: text, deals: false }, { limit: 5, facets: true });
        const response = await fetch(`/api/v1${path}`, { signal: stop.signal });
        if (!response.ok) return setShown([]);
        setShown(suggestionsOf(text, (await response.json()) as SearchPage));
        setActive(-1);
      } catch {
        // Stopped because more was typed, or nobody there: without suggestions one can search still.
        if (!stop.signal.aborted) setShown([]);
      }
    }, PAUSE);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [typed, open]);

  const go = (address: string) => {
    setOpen(false);
    setActive(-1);
    leave(() => router.push(address));
  };
  const addressFor = (one: Suggestion): string =>
    one.kind === "offer"
      ? pathOf(lang, "deal", one.id, slugOf(one.text))
      : addressOf(
          one.kind === "category"
            ? { ...NOTHING, q: typed.trim(), category: [one.value] }
            : { ...NOTHING, q: one.text },
          lang,
        );
  const choose = (one: Suggestion) => {
    if (one.kind === "words") setTyped(one.text);
    go(addressFor(one));
  };
  const visible = open && shown.length > 0;
  const inField = active >= 0 && shown[active]?.kind === "offer" ? shown[active].text : typed;

  return (
    // biome-ignore lint/a11y/useSemanticElements: a form with the role is a search everywhere, <search> not yet
    <form
      action={pathOf(lang, "search")}
      role="search"
      className="relative"
      aria-busy={leaving}
      onSubmit={(event) => {
        event.preventDefault();
        const chosen = active >= 0 ? shown[active] : undefined;
        if (chosen) choose(chosen);
        else go(addressOf({ ...NOTHING, q: typed.trim() }, lang));
      }}
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) setOpen(false);
      }}
    >
      <label htmlFor={`${id}-input`} className="sr-only">
        {words.label}
      </label>
      <div className="flex gap-2">
        <input
          id={`${id}-input`}
          name="q"
          type="search"
          className="field"
          placeholder={words.placeholder}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          maxLength={200}
          role="combobox"
          aria-autocomplete="list"
          aria-haspopup="listbox"
          aria-expanded={visible}
          aria-controls={`${id}-list`}
          aria-activedescendant={visible && active >= 0 ? `${id}-${active}` : undefined}
          value={inField}
          onChange={(event) => {
            setTyped(event.target.value);
            setActive(-1);
            setOpen(true);
          }}
          onKeyDown={(event) => {
            if (event.key === "Escape") {
              event.preventDefault();
              if (visible) setOpen(false);
              else setTyped("");
              setActive(-1);
            } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
              event.preventDefault();
              setOpen(true);
              if (!shown.length) return;
              const step = event.key === "ArrowDown" ? 1 : -1;
              // One place more than there are: beyond either end is the field itself.
              const places = shown.length + 1;
              setActive(((active + 1 + step + places) % places) - 1);
            }
          }}
        />
        <button type="submit" className={`button button-main ${leaving ? "animate-pulse" : ""}`}>
          {words.submit}
        </button>
      </div>
      <p role="status" className="sr-only">
        {open && typed.trim().length >= 2 ? words.found(shown.length) : ""}
      </p>
      <div
        id={`${id}-list`}
        role="listbox"
        aria-label={words.label}
        hidden={!visible}
        className="absolute inset-x-0 top-full z-40 mt-1 overflow-hidden rounded-xl border border-edge bg-card shadow-lg"
      >
        {(["words", "category", "offer"] as const).map((kind) => {
          const group = shown
            .map((one, at) => ({ one, at }))
            .filter(({ one }) => one.kind === kind);
          if (!group.length) return null;
          const title = { words: words.words, category: words.categories, offer: words.products }[
            kind
          ];
          return (
            // biome-ignore lint/a11y/useSemanticElements: a group of options has no element of its own
            <div key={kind} role="group" aria-label={title}>
              <p className="bg-sunk px-3 py-1 text-xs font-semibold text-soft" aria-hidden="true">
                {title}
              </p>
              {group.map(({ one, at }) => (
                // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the field (aria-activedescendant)
                // biome-ignore lint/a11y/useKeyWithClickEvents: keys go to the field
                <div
                  key={`${kind}-${at}`}
                  id={`${id}-${at}`}
                  role="option"
                  aria-selected={at === active}
                  className={`flex min-h-11 items-center gap-3 px-3 py-1.5 ${at === active ? "bg-sunk outline-2 -outline-offset-2 outline-fox" : "hover:bg-sunk"} ${at >= 8 ? "max-sm:hidden" : ""}`}
                  onMouseDown={(event) => event.preventDefault()}
                  onClick={() => choose(one)}
                >
                  <span className="line-clamp-1 flex-1">
                    <Completed text={labelOf(one, words.all)} typed={typed.trim()} />
                  </span>
                  <span className="shrink-0 text-sm text-soft">
                    {one.kind === "offer"
                      ? one.price && money(one.price, lang)
                      : words.hits(one.count)}
                  </span>
                </div>
              ))}
            </div>
          );
        })}
      </div>
    </form>
  );
}

function labelOf(one: Suggestion, all: (words: string) => string): string {
  if (one.kind === "category") return one.value.replaceAll(" > ", " › ");
  return one.kind === "words" ? all(one.text) : one.text;
}

/** What was not typed stands out: that is what a person has still to read. */
function Completed({ text, typed }: { text: string; typed: string }) {
  const at = text.toLowerCase().indexOf(typed.toLowerCase());
  if (at < 0 || !typed) return <b className="font-semibold">{text}</b>;
  const end = at + typed.length;
  return (
    <>
      <b className="font-semibold">{text.slice(0, at)}</b>
      {text.slice(at, end)}
      <b className="font-semibold">{text.slice(end)}</b>
    </>
  );
}
