import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { askFor } from "../../../../api/ask.ts";
import type { Merchant, SearchPage } from "../../../../api/types.ts";
import { Card } from "../../../../deal/card.tsx";
import { MerchantFacts } from "../../../../deal/merchant-facts.tsx";
import { type Lang, pathOf } from "../../../../routes.ts";
import { addressOf, askOf, NOTHING } from "../../../../search/state.ts";
import { Failed } from "../../../../ui/failed.tsx";
import { wordsOf } from "../../../../words/index.ts";

interface Props {
  params: Promise<{ lang: string; slug: string }>;
}

const merchantOf = (slug: string) => askFor<Merchant>(`/merchants/${encodeURIComponent(slug)}`);

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { lang, slug } = (await params) as { lang: Lang; slug: string };
  const found = await merchantOf(slug);
  const of = (other: Lang) => pathOf(other, "merchant", slug);
  return {
    title: found.ok ? found.data.name : undefined,
    alternates: { canonical: of(lang), languages: { de: of("de"), en: of("en") } },
  };
}

export default async function MerchantPage({ params }: Props) {
  const { lang, slug } = (await params) as { lang: Lang; slug: string };
  const words = wordsOf(lang);
  const search = { ...NOTHING, merchant: [slug], sort: "discount" as const };
  const [found, deals] = await Promise.all([
    merchantOf(slug),
    askFor<SearchPage>(askOf(search, { limit: 12 })),
  ]);
  if (!found.ok && found.why !== "away") notFound();
  if (!found.ok || !deals.ok) return <Failed lang={lang} again={pathOf(lang, "merchant", slug)} />;
  return (
    <>
      <MerchantFacts merchant={found.data} lang={lang} own />
      <h2 className="sr-only">{words.start.best}</h2>
      <ul className="hits hits-wide mt-8">
        {deals.data.items.map((item) => (
          <li key={item.id}>
            <Card item={item} lang={lang} />
          </li>
        ))}
      </ul>
      {deals.data.items.length > 0 && (
        <p className="mt-6">
          <Link href={addressOf(search, lang)} className="button button-main">
            {words.deal.allOf(found.data.name)}
          </Link>
        </p>
      )}
    </>
  );
}
