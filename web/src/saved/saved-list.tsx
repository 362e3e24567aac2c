"use client";

import Link from "next/link";
import { useEffect, useState } from "react";
import type { Cards, Listing } from "../api/types.ts";
import { Card } from "../deal/card.tsx";
import { type Lang, pathOf } from "../routes.ts";
import { Skeletons } from "../ui/skeleton.tsx";
import { wordsOf } from "../words/index.ts";
import { unsave, useSaved } from "./use-saved.ts";

const AT_ONCE = 50; // ids of one question: what the API takes

/** What is marked on this device, as it stands now. */
export function SavedList({ lang }: { lang: Lang }) {
  const words = wordsOf(lang).saved;
  const saved = useSaved();
  const [known, setKnown] = useState<ReadonlyMap<string, Listing | null>>(new Map());
  const [failed, setFailed] = useState(false);
  const [ready, setReady] = useState(false);
  useEffect(() => setReady(true), []);
  const missing = saved.filter((one) => !known.has(one.id)).map((one) => one.id);
  const asking = missing.slice(0, AT_ONCE).join(" ");

  useEffect(() => {
    if (!asking || failed) return;
    const stop = new AbortController();
    const ids = asking.split(" ");
    const query = new URLSearchParams([...ids.map((id) => ["id", id]), ["spark", "true"]]);
    fetch(`/api/v1/cards?${query}`, { signal: stop.signal })
      .then(async (response) => {
        if (!response.ok) throw new Error(String(response.status));
        const { items } = (await response.json()) as Cards;
        const found = new Map(items.map((item) => [item.id, item]));
        setKnown(
          (before) =>
            new Map([...before, ...ids.map((id) => [id, found.get(id) ?? null] as const)]),
        );
      })
      .catch(() => {
        if (!stop.signal.aborted) setFailed(true);
      });
    return () => stop.abort();
  }, [asking, failed]);

  if (!ready) return <Skeletons count={4} />;
  if (!saved.length) {
    return (
      <div className="rounded-2xl border border-line bg-card p-6">
        <p>{words.empty}</p>
        <p className="mt-4">
          <Link href={pathOf(lang, "search")} className="button button-main">
            {wordsOf(lang).start.all}
          </Link>
        </p>
      </div>
    );
  }
  return (
    <>
      {failed && (
        <p role="status" className="mb-4 flex flex-wrap items-center gap-3">
          {wordsOf(lang).search.failedHelp}
          <button type="button" className="button" onClick={() => setFailed(false)}>
            {wordsOf(lang).search.retry}
          </button>
        </p>
      )}
      <ul className="hits hits-wide">
        {saved.map((one) => {
          const item = known.get(one.id);
          return (
            <li key={one.id}>
              {item ? (
                <Card item={item} lang={lang} />
              ) : (
                <div className="flex h-full flex-col justify-between rounded-2xl border border-line bg-card p-3.5">
                  <div>
                    <p className="font-semibold">{one.title}</p>
                    <p className="mt-2 text-sm text-soft">
                      {item === null ? words.gone : wordsOf(lang).search.loading}
                    </p>
                  </div>
                  <button type="button" className="button" onClick={() => unsave(one.id)}>
                    {words.remove}
                    <span className="sr-only">: {one.title}</span>
                  </button>
                </div>
              )}
            </li>
          );
        })}
      </ul>
    </>
  );
}
