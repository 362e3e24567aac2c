import type { Metadata } from "next";
import Link from "next/link";
import type { Lang } from "../../../routes.ts";
import { pathOf } from "../../../routes.ts";
import { Chips } from "../../../search/chips.tsx";
import { Filters } from "../../../search/filters.tsx";
import { GoingProvider } from "../../../search/going.tsx";
import { Hits } from "../../../search/hits.tsx";
import { load } from "../../../search/load.ts";
import { NoHits } from "../../../search/no-hits.tsx";
import { Read } from "../../../search/read.tsx";
import { SortMenu } from "../../../search/sort.tsx";
import { addressOf, chipsOf, feedOf, type Params, stateOf } from "../../../search/state.ts";
import { Failed } from "../../../ui/failed.tsx";
import { wordsOf } from "../../../words/index.ts";

interface Props {
  params: Promise<{ lang: string }>;
  searchParams: Promise<Params>;
}

export async function generateMetadata({ params, searchParams }: Props): Promise<Metadata> {
  const lang = (await params).lang as Lang;
  const search = stateOf(await searchParams);
  const words = wordsOf(lang).search;
  const [category] = search.category;
  const plain = !search.q && chipsOf(search).length <= (category ? 1 : 0) && search.page === 1;
  const of = (other: Lang) => addressOf({ ...search, page: 1 }, other);
  return {
    title: search.q ? words.title(search.q) : (category?.split(" > ").at(-1) ?? words.title("")),
    alternates: {
      canonical: of(lang),
      languages: { de: of("de"), en: of("en") },
      types: { "application/rss+xml": feedOf(search, lang) },
    },
    // Every mixture of filters is an address; only whole categories are worth an index.
    robots: plain ? undefined : { index: false, follow: true },
  };
}

export default async function SearchPage({ params, searchParams }: Props) {
  const lang = (await params).lang as Lang;
  const search = stateOf(await searchParams);
  const words = wordsOf(lang).search;
  const found = await load(search);
  const here = addressOf(search, lang);
  if (!found.ok) return <Failed lang={lang} again={here} />;
  const { items, total, facets, cursor, met, understood } = found.data;
  const names = new Map((facets.merchant ?? []).map((one) => [one.value, one.label]));
  return (
    <GoingProvider search={search} lang={lang}>
      <div className="grid gap-x-8 gap-y-4 lg:grid-cols-[17rem_minmax(0,1fr)]">
        <div className="flex flex-wrap items-end justify-between gap-x-4 gap-y-2 lg:col-span-2">
          <div>
            <h1 className="text-2xl font-bold">
              {search.q
                ? words.title(search.q)
                : (search.category[0]?.split(" > ").at(-1) ?? words.title(""))}
            </h1>
            <p role="status" className="text-soft">
              {words.count(total.value, search.deals)}
            </p>
          </div>
          <div className="flex flex-wrap items-center gap-x-3">
            <SortMenu lang={lang} />
            <Link href={pathOf(lang, "ranking")} className="link py-1 text-sm">
              {words.sortHelp}
            </Link>
          </div>
        </div>
        <aside>
          <Filters facets={facets} total={total.value} lang={lang} />
        </aside>
        <div className="min-w-0">
          <h2 className="sr-only">{words.results}</h2>
          {understood && (
            <Read
              search={search}
              understood={understood}
              met={items.length > 0 ? met : "all"}
              items={items}
              lang={lang}
            />
          )}
          <Chips search={search} names={names} lang={lang} />
          {items.length === 0 ? (
            <NoHits search={search} names={names} lang={lang} />
          ) : (
            <Hits
              key={addressOf({ ...search, page: 1 }, lang)}
              search={search}
              first={{ items, cursor }}
              total={total.value}
              lang={lang}
            />
          )}
          <p className="mt-6 text-sm">
            <a href={feedOf(search, lang)} className="link inline-block py-1">
              {words.rss}
            </a>
          </p>
        </div>
      </div>
    </GoingProvider>
  );
}
