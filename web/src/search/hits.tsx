"use client";

import { useCallback, useEffect, useId, useRef, useState } from "react";
import type { Listing, SearchPage } from "../api/types.ts";
import { Card } from "../deal/card.tsx";
import type { Lang } from "../routes.ts";
import { Skeletons } from "../ui/skeleton.tsx";
import { wordsOf } from "../words/index.ts";
import { useGoing } from "./going.tsx";
import { addressOf, askOf, MOST_PAGES, PAGE, type Search } from "./state.ts";

interface Loaded {
  items: Listing[];
  cursor: string | null;
}

// What was leafed to, by search: whoever comes back finds it all in its place. Lives as long as the
// tab does.
const LOADED = new Map<string, Loaded>();
const MOST_KEPT = 10;

/** The hits, a page more at a time. Pages far from the window leave it and keep their place. */
export function Hits({
  search,
  first,
  total,
  lang,
}: {
  search: Search;
  first: Loaded;
  total: number;
  lang: Lang;
}) {
  const words = wordsOf(lang).search;
  const { pending } = useGoing();
  const key = addressOf({ ...search, page: 1 }, lang);
  const [loaded, setLoaded] = useState<Loaded>(() => {
    const kept = typeof window === "undefined" ? undefined : LOADED.get(key);
    return kept && kept.items.length > first.items.length ? kept : first;
  });
  const [state, setState] = useState<"still" | "loading" | "failed">("still");
  const feed = useRef<HTMLElement>(null);
  const readOn = useRef<number | null>(null);

  // Whoever loads more reads on at the first of the new ones, once they are drawn.
  // biome-ignore lint/correctness/useExhaustiveDependencies: that there are more is the occasion
  useEffect(() => {
    if (readOn.current === null) return;
    const link = `[aria-posinset="${readOn.current}"] h3 a`;
    readOn.current = null;
    feed.current?.querySelector<HTMLElement>(link)?.focus({ preventScroll: true });
  }, [loaded.items.length]);

  const more = async () => {
    if (state === "loading" || loaded.cursor === null) return;
    setState("loading");
    try {
      const path = askOf(search, { limit: PAGE, cursor: loaded.cursor, spark: true });
      const response = await fetch(`/api/v1${path}`);
      if (!response.ok) throw new Error(String(response.status));
      const page = (await response.json()) as SearchPage;
      const seen = new Set(loaded.items.map((one) => one.id));
      const next = {
        items: [...loaded.items, ...page.items.filter((one) => !seen.has(one.id))],
        cursor: page.next_cursor,
      };
      const reached = Math.ceil(next.items.length / PAGE);
      readOn.current = loaded.items.length + 1;
      setLoaded(next);
      keep(key, next);
      setState("still");
      window.history.replaceState(null, "", addressOf({ ...search, page: reached }, lang));
    } catch {
      setState("failed");
    }
  };

  const pages: Listing[][] = [];
  for (let at = 0; at < loaded.items.length; at += PAGE) {
    pages.push(loaded.items.slice(at, at + PAGE));
  }
  return (
    <>
      <section
        ref={feed}
        role="feed"
        aria-label={words.results}
        aria-busy={pending || state === "loading"}
        className={`flex flex-col gap-4 ${pending ? "opacity-50" : ""}`}
      >
        {pages.map((items, page) => (
          <HitsPage
            key={items[0]?.id ?? page}
            items={items}
            from={page * PAGE}
            total={total}
            lang={lang}
          />
        ))}
      </section>
      {state === "loading" && (
        <div className="mt-4">
          <Skeletons count={Math.min(PAGE, total - loaded.items.length)} />
        </div>
      )}
      <div className="mt-6 flex flex-col items-center gap-2">
        <p role="status" className="text-sm text-soft">
          {state === "failed" ? words.moreFailed : words.shown(loaded.items.length, total)}
        </p>
        {loaded.cursor !== null && pages.length < MOST_PAGES ? (
          <a
            href={addressOf({ ...search, page: pages.length + 1 }, lang)}
            className="button min-w-48"
            aria-disabled={state === "loading"}
            onClick={(event) => {
              if (event.metaKey || event.ctrlKey || event.shiftKey) return;
              event.preventDefault();
              more();
            }}
          >
            {state === "loading" ? words.loading : state === "failed" ? words.retry : words.more}
          </a>
        ) : (
          <p className="text-sm text-soft">{loaded.cursor === null ? words.end : words.last}</p>
        )}
      </div>
    </>
  );
}

/** One page of hits. A full one that is far away is only its height (`hits-away`), unless the focus
 * is in it. */
function HitsPage({
  items,
  from,
  total,
  lang,
}: {
  items: Listing[];
  from: number;
  total: number;
  lang: Lang;
}) {
  const place = useRef<HTMLDivElement>(null);
  const [near, setNear] = useState(true);
  const watch = useCallback((entries: IntersectionObserverEntry[]) => {
    const here = place.current;
    const last = entries.at(-1);
    if (here && last) setNear(last.isIntersecting || here.contains(document.activeElement));
  }, []);
  useEffect(() => {
    const here = place.current;
    if (!here || items.length < PAGE) return;
    const observer = new IntersectionObserver(watch, { rootMargin: "150% 0px" });
    observer.observe(here);
    return () => observer.disconnect();
  }, [items.length, watch]);
  const id = useId();
  if (!near) return <div ref={place} className="hits hits-away" data-away />;
  return (
    <div ref={place} className="hits">
      {items.map((item, at) => (
        <article
          key={item.id}
          aria-posinset={from + at + 1}
          aria-setsize={total}
          aria-labelledby={`${id}-${at}`}
          className="min-h-0"
        >
          <Card item={item} lang={lang} titleId={`${id}-${at}`} />
        </article>
      ))}
    </div>
  );
}

function keep(key: string, loaded: Loaded): void {
  LOADED.delete(key);
  LOADED.set(key, loaded);
  const oldest = LOADED.keys().next().value;
  if (LOADED.size > MOST_KEPT && oldest !== undefined) LOADED.delete(oldest);
}
