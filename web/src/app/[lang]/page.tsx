import type { Metadata } from "next";
import Link from "next/link";
import { askFor } from "../../api/ask.ts";
import type { SearchPage } from "../../api/types.ts";
import { Card } from "../../deal/card.tsx";
import { grouped } from "../../form.ts";
import { type Lang, pathOf } from "../../routes.ts";
import { addressOf, askOf, NOTHING } from "../../search/state.ts";
import { Failed } from "../../ui/failed.tsx";
import { drawingOf } from "../../ui/picture.tsx";
import { VerdictChip } from "../../ui/verdict.tsx";
import { wordsOf } from "../../words/index.ts";

interface Props {
  params: Promise<{ lang: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const lang = (await params).lang as Lang;
  return {
    alternates: { canonical: pathOf(lang), languages: { de: pathOf("de"), en: pathOf("en") } },
  };
}

const BEST = { ...NOTHING, sort: "discount" as const };

export default async function Start({ params }: Props) {
  const lang = (await params).lang as Lang;
  const words = wordsOf(lang);
  const [best, all] = await Promise.all([
    askFor<SearchPage>(askOf(BEST, { limit: 12, spark: true })),
    askFor<SearchPage>(askOf({ ...NOTHING, deals: false }, { limit: 1, facets: true })),
  ]);
  if (!best.ok || !all.ok || all.data.total.value === 0) {
    return <Failed lang={lang} again={pathOf(lang)} />;
  }
  const categories = (all.data.facets.category ?? []).filter((one) => !one.value.includes(" > "));
  const verdicts = (all.data.facets.verdict ?? []).filter((one) => one.count > 0);
  return (
    <>
      <div className="grid gap-8 lg:grid-cols-[minmax(0,1fr)_22rem]">
        <div>
          <h1 className="text-4xl font-bold tracking-tight sm:text-5xl">{words.start.title}</h1>
          <p className="mt-4 max-w-2xl text-lg">{words.start.lead}</p>
          <p className="mt-3 text-soft">
            {words.start.counts(all.data.total.value, best.data.total.value)}
          </p>
          <p className="mt-5 flex flex-wrap gap-3">
            <Link href={addressOf(BEST, lang)} className="button button-main">
              {words.start.all}
            </Link>
            <Link href={pathOf(lang, "judging")} className="button">
              {words.nav.judging}
            </Link>
          </p>
        </div>
        {verdicts.length > 0 && (
          <section aria-labelledby="mix" className="rounded-2xl border border-line bg-card p-5">
            <h2 id="mix" className="font-semibold">
              {words.start.mix}
            </h2>
            <ul className="mt-3 flex flex-col gap-2">
              {verdicts.map((one) => (
                <li key={one.value} className="flex items-center justify-between gap-3">
                  <VerdictChip verdict={one.value} lang={lang} />
                  <span className="font-medium tabular-nums">{grouped(one.count, lang)}</span>
                </li>
              ))}
            </ul>
          </section>
        )}
      </div>
      {categories.length > 0 && (
        <section aria-labelledby="categories" className="mt-10">
          <h2 id="categories" className="text-xl font-bold">
            {words.start.categories}
          </h2>
          <ul className="mt-3 grid grid-cols-2 gap-3 sm:grid-cols-3 lg:grid-cols-5">
            {categories.map((one) => (
              <li key={one.value}>
                <Link
                  href={addressOf({ ...NOTHING, category: [one.value] }, lang)}
                  prefetch={false}
                  className="flex h-full min-h-14 items-center gap-3 rounded-xl border border-line bg-card px-3 py-2 font-medium hover:bg-sunk"
                >
                  <svg
                    viewBox="0 0 64 64"
                    className="size-8 shrink-0 text-fox"
                    fill="none"
                    stroke="currentColor"
                    strokeWidth="3"
                    strokeLinecap="round"
                    strokeLinejoin="round"
                    aria-hidden="true"
                    focusable="false"
                  >
                    <path d={drawingOf(one.value, "")} />
                  </svg>
                  <span className="min-w-0 hyphens-auto wrap-anywhere">{one.label}</span>
                </Link>
              </li>
            ))}
          </ul>
        </section>
      )}
      <section aria-labelledby="best" className="mt-10">
        <h2 id="best" className="text-xl font-bold">
          {words.start.best}
        </h2>
        <ul className="hits hits-wide mt-3">
          {best.data.items.map((item) => (
            <li key={item.id}>
              <Card item={item} lang={lang} />
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}
