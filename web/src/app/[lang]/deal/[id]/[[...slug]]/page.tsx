import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import type { ReactNode } from "react";
import { type Answer, askFor } from "../../../../../api/ask.ts";
import type {
  Cards,
  Listing,
  Merchant,
  Offer,
  PastOfOffer,
  Product,
  SearchPage,
  WhyTogether,
} from "../../../../../api/types.ts";
import { addressOfDeal, Card, ClaimLine, Saving, shippingOf } from "../../../../../deal/card.tsx";
import { PriceChart } from "../../../../../deal/chart.tsx";
import { Coupons } from "../../../../../deal/coupons.tsx";
import { EvidenceList, Facts, RatingParts } from "../../../../../deal/evidence.tsx";
import { breadcrumbData, JsonLd, productData } from "../../../../../deal/json-ld.tsx";
import { MerchantFacts } from "../../../../../deal/merchant-facts.tsx";
import { ProductSection } from "../../../../../deal/offers.tsx";
import { OffersLink } from "../../../../../deal/offers-link.tsx";
import { PriceTable } from "../../../../../deal/price-table.tsx";
import { ago, amount, day, moment, money, shortDay } from "../../../../../form.ts";
import { originAsked } from "../../../../../page/ask-language.ts";
import { type Lang, pathOf } from "../../../../../routes.ts";
import { SaveButton } from "../../../../../saved/save-button.tsx";
import { addressOf, askOf, NOTHING } from "../../../../../search/state.ts";
import { Failed } from "../../../../../ui/failed.tsx";
import { Picture } from "../../../../../ui/picture.tsx";
import { ShopLink } from "../../../../../ui/shop-link.tsx";
import { VerdictChip } from "../../../../../ui/verdict.tsx";
import { wordsOf } from "../../../../../words/index.ts";

interface Props {
  params: Promise<{ lang: string; id: string; slug?: string[] }>;
}

const SIMILAR = 4;

function offerOf(id: string): Promise<Answer<Offer>> {
  return askFor<Offer>(`/offers/${encodeURIComponent(id)}`);
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { lang, id } = (await params) as { lang: Lang; id: string };
  const found = await offerOf(id);
  if (!found.ok) return { robots: { index: false } };
  const offer = found.data;
  const price = offer.price ? money(offer.price, lang) : "";
  const said = offer.verdict?.text[lang] ?? "";
  const of = (other: Lang) => addressOfDeal(other, id, offer.title);
  return {
    title: [offer.title, price].filter(Boolean).join(", "),
    description: [`${offer.merchant}: ${price}.`, said].join(" "),
    alternates: { canonical: of(lang), languages: { de: of("de"), en: of("en") } },
    openGraph: {
      title: offer.title,
      description: said,
      url: of(lang),
      type: "website",
      images: [{ url: `/preview/${lang}/${id}.png`, width: 1200, height: 630, alt: offer.title }],
    },
    twitter: { card: "summary_large_image" },
    ...(offer.status === "live" ? {} : { robots: { index: false, follow: true } }),
  };
}

export default async function DealPage({ params }: Props) {
  const { lang, id } = (await params) as { lang: Lang; id: string };
  const words = wordsOf(lang);
  const [found, past, cards] = await Promise.all([
    offerOf(id),
    askFor<PastOfOffer>(`/offers/${encodeURIComponent(id)}/past`),
    askFor<Cards>(`/cards?id=${encodeURIComponent(id)}`),
  ]);
  if (!found.ok) {
    if (found.why !== "away") notFound();
    return <Failed lang={lang} again={pathOf(lang, "deal", id)} />;
  }
  const offer = found.data;
  const card = cards.ok ? cards.data.items[0] : undefined;
  const ofProduct = offer.product && `/products/${encodeURIComponent(offer.product.id)}`;
  const [merchant, similar, product, why] = await Promise.all([
    card ? askFor<Merchant>(`/merchants/${encodeURIComponent(card.merchant.slug)}`) : null,
    similarTo(card),
    ofProduct ? askFor<Product>(ofProduct) : null,
    ofProduct && (offer.product?.offers ?? 0) > 1 ? askFor<WhyTogether>(`${ofProduct}/why`) : null,
  ]);
  const origin = await originAsked();
  const address = origin + addressOfDeal(lang, id, offer.title);
  const evidence = offer.verdict?.evidence;
  const gone = offer.status !== "live";
  const path = (card?.category ?? "").split(" > ").filter(Boolean);
  const steps = path.map((name, at) => ({
    name,
    to: addressOf({ ...NOTHING, category: [path.slice(0, at + 1).join(" > ")] }, lang),
  }));
  const compared =
    evidence?.window.from && evidence.window.to
      ? { from: evidence.window.from, to: evidence.window.to }
      : null;
  const now = Math.floor(Date.now() / 60_000) * 60_000;
  const currency =
    (offer.price ?? offer.spans.findLast((span) => span.price)?.price)?.currency ?? "EUR";
  return (
    <>
      <JsonLd data={productData(offer, card, address, origin)} />
      {steps.length > 0 && (
        <JsonLd
          data={breadcrumbData(
            steps.map((step) => ({ name: step.name, address: origin + step.to })),
          )}
        />
      )}
      <nav aria-label={words.deal.category} className="flex flex-wrap gap-x-2 text-sm">
        <Link href={pathOf(lang, "search")} className="link py-1">
          {words.nav.deals}
        </Link>
        {steps.map((step) => (
          <span key={step.to} className="flex gap-2 py-1">
            <span aria-hidden="true">›</span>
            <Link href={step.to} prefetch={false} className="link">
              {step.name}
            </Link>
          </span>
        ))}
      </nav>
      <div className="mt-4 grid grid-cols-[minmax(0,1fr)] gap-8 lg:grid-cols-[minmax(0,1fr)_24rem] lg:grid-rows-[auto_auto_1fr]">
        <div className="flex min-w-0 gap-4">
          <Picture
            category={card?.category ?? null}
            title={offer.title}
            source={offer.picture}
            large
            className="size-24 shrink-0 rounded-2xl border border-line sm:size-56"
          />
          <div className="min-w-0">
            <p className="text-soft">
              {card ? (
                <Link href={pathOf(lang, "merchant", card.merchant.slug)} className="link">
                  {offer.merchant}
                </Link>
              ) : (
                offer.merchant
              )}
            </p>
            <h1 className="mt-1 text-2xl font-bold hyphens-auto wrap-anywhere sm:text-3xl">
              {offer.title}
            </h1>
          </div>
        </div>
        <section
          aria-labelledby="verdict"
          className="min-w-0 self-start rounded-2xl border border-line bg-card p-5 lg:col-start-2 lg:row-span-2 lg:row-start-1"
          data-price-box
        >
          {gone && <p className="mb-2 font-semibold text-none">{words.deal.gone}</p>}
          <p className="flex flex-wrap items-baseline gap-x-3">
            <span className={`text-4xl font-bold ${gone ? "text-soft" : ""}`}>
              {offer.price ? money(offer.price, lang) : words.card.noPrice}
            </span>
            {card && !gone && (
              <span className="text-soft">
                {offer.availability === "out_of_stock"
                  ? words.card.soldOut
                  : shippingOf(card, lang)}
              </span>
            )}
          </p>
          {offer.unit_price && (
            <p className="text-sm text-soft">
              {words.deal.perUnit(money(offer.unit_price, lang), offer.unit_price.per)}
              {offer.unit_price.estimated && ` (${words.deal.estimated})`}
            </p>
          )}
          {offer.unit_price?.shrunk && (
            <p className="text-sm font-semibold">
              {words.deal.shrunk(
                amount(offer.unit_price.shrunk.amount, offer.unit_price.per, lang),
                amount(offer.unit_price.shrunk.amount_before, offer.unit_price.per, lang),
                day(offer.unit_price.shrunk.since, lang),
                offer.unit_price.shrunk.percent,
              )}
            </p>
          )}
          {card && !gone && (
            <>
              <Saving item={card} lang={lang} />
              <ClaimLine item={card} lang={lang} />
            </>
          )}
          <h2 id="verdict" className="mt-4 flex flex-wrap items-center gap-2">
            <span className="sr-only">{words.deal.verdict}:</span>
            <VerdictChip
              verdict={offer.verdict?.verdict ?? null}
              claim={offer.verdict?.claim_verdict}
              lang={lang}
            />
            {offer.tags.map((tag) => (
              <span key={tag.tag} className="text-sm font-semibold text-real">
                {tag.text[lang]}
              </span>
            ))}
          </h2>
          <p className="mt-2" data-verdict-sentence>
            {offer.verdict ? offer.verdict.text[lang] : words.verdictMeans.insufficient}
          </p>
          <p className="mt-2 flex flex-wrap gap-x-4">
            <OffersLink product={offer.product} to="#offers" lang={lang} />
            {!gone && offer.promotions.length > 0 && (
              <a href="#coupons" className="link py-1 text-sm font-medium">
                {words.coupons.count(offer.promotions.length)}
              </a>
            )}
          </p>
          {!gone && (
            <ShopLink
              url={offer.url}
              lang={lang}
              about={`${offer.title}, ${offer.merchant}`}
              className="mt-4"
            />
          )}
          <SaveButton
            id={id}
            title={offer.title}
            lang={lang}
            labelled
            className="button mt-2 w-full"
          />
          <p className="mt-3 text-sm text-soft">
            {card?.checked_seconds_ago != null &&
              words.card.checked(ago(card.checked_seconds_ago, lang))}
            {card?.valid_to && `, ${words.card.until(day(card.valid_to, lang))}`}
          </p>
          <details className="mt-3">
            <summary className="link inline-block py-1.5 font-medium">{words.why.title}</summary>
            <EvidenceList offer={offer} lang={lang} />
            {offer.rating && <RatingParts rating={offer.rating} lang={lang} />}
            <p className="mt-3 text-sm">
              <Link href={pathOf(lang, "judging")} className="link">
                {words.nav.judging}
              </Link>
            </p>
          </details>
        </section>
        <section aria-labelledby="history" className="min-w-0 lg:row-span-2">
          <h2 id="history" className="text-xl font-bold">
            {words.deal.history}
          </h2>
          {evidence?.first_seen && (
            <p className="mb-3 text-soft">{words.deal.observed(day(evidence.first_seen, lang))}</p>
          )}
          {past.ok ? (
            <>
              <PriceChart
                stretches={past.data.stretches}
                currency={currency}
                window={compared}
                now={now}
                lang={lang}
              />
              <PriceTable
                id={id}
                stretches={past.data.stretches}
                currency={currency}
                now={now}
                lang={lang}
              />
            </>
          ) : (
            <p>{words.search.failedHelp}</p>
          )}
        </section>
        {offer.lowest.length > 0 && (
          <section aria-label={words.deal.lows} className="min-w-0 lg:col-start-2 lg:row-start-3">
            <Facts
              title={words.deal.lows}
              lines={offer.lowest.flatMap((low) =>
                low.price
                  ? [
                      [
                        words.deal.days(low.days),
                        <span key={low.days}>
                          {money(low.price, lang)}
                          {low.last_at && (
                            <span className="block font-normal text-soft">
                              {words.deal.lastAt(shortDay(low.last_at, lang))}
                            </span>
                          )}
                        </span>,
                      ] as [string, ReactNode],
                    ]
                  : [],
              )}
            />
          </section>
        )}
      </div>
      {!gone && <Coupons promotions={offer.promotions} lang={lang} />}
      {product?.ok && (
        <ProductSection
          product={product.data}
          why={why?.ok ? why.data : undefined}
          here={id}
          lang={lang}
        />
      )}
      <div className="mt-10 grid gap-8 lg:grid-cols-2">
        <section aria-labelledby="terms">
          <h2 id="terms" className="text-xl font-bold">
            {words.deal.terms}
          </h2>
          <Facts lines={terms(offer, card, lang)} />
        </section>
        {merchant?.ok && <MerchantFacts merchant={merchant.data} lang={lang} />}
      </div>
      {similar.length > 0 && (
        <section aria-labelledby="similar" className="mt-10">
          <h2 id="similar" className="text-xl font-bold">
            {words.deal.similar}
          </h2>
          <ul className="hits hits-wide mt-3">
            {similar.map((item) => (
              <li key={item.id}>
                <Card item={item} lang={lang} />
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

/** Deals of the same category with the largest saving, each thing once. */
async function similarTo(card: Listing | undefined): Promise<Listing[]> {
  if (!card?.category) return [];
  const search = { ...NOTHING, category: [card.category], sort: "discount" as const };
  const found = await askFor<SearchPage>(askOf(search, { limit: 24, spark: true }));
  if (!found.ok) return [];
  const titles = new Set([card.title]);
  return found.data.items
    .filter((item) => item.id !== card.id && !titles.has(item.title) && titles.add(item.title))
    .slice(0, SIMILAR);
}

function terms(offer: Offer, card: Listing | undefined, lang: Lang): [string, ReactNode][] {
  const words = wordsOf(lang).deal;
  const ofBrand = { ...NOTHING, brand: [offer.brand ?? ""], deals: false };
  const lines: [string, ReactNode][] = [
    [
      words.brand,
      offer.brand && (
        <Link href={addressOf(ofBrand, lang)} prefetch={false} className="link">
          {offer.brand}
        </Link>
      ),
    ],
    [words.mpn, offer.mpn],
    [words.gtin, offer.gtin],
    [words.category, card?.category?.replaceAll(" > ", " › ")],
    [words.condition, words.conditions[offer.condition] ?? offer.condition],
    [words.availability, words.availabilities[offer.availability] ?? offer.availability],
    [words.shipping, card && shippingOf(card, lang)],
    [words.audience, words.audiences[offer.audience] ?? offer.audience],
    [words.validTo, card?.valid_to && day(card.valid_to, lang)],
    [words.checkedAt, card?.checked_at && moment(card.checked_at, lang)],
  ];
  return lines.filter(([, value]) => Boolean(value));
}
