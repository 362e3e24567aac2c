import Link from "next/link";
import type { Product, ProductOffer, WhyTogether } from "../api/types.ts";
import { ago, money } from "../form.ts";
import type { Lang } from "../routes.ts";
import { ShopLink } from "../ui/shop-link.tsx";
import { VerdictChip } from "../ui/verdict.tsx";
import { wordsOf } from "../words/index.ts";
import { addressOfDeal, shippingOf } from "./card.tsx";
import { differsIn, reasonsIn } from "./reasons.ts";

const OPEN = 6; // offers at once; the rest behind a disclosure

/** A product on the page of one of its offers: all the others, the variants, and why they are one. */
export function ProductSection({
  product,
  why,
  here,
  lang,
}: {
  product: Product;
  why: WhyTogether | undefined;
  /** The offer whose page it is. */
  here: string;
  lang: Lang;
}) {
  const words = wordsOf(lang).product;
  const several = product.items.length > 1;
  const variants = product.siblings.filter((one) => one.offer && Object.keys(one.differs).length);
  if (!several && variants.length === 0) return null;
  const [first, rest] = [product.items.slice(0, OPEN), product.items.slice(OPEN)];
  const low = product.lowest.find((one) => one.days === 90);
  return (
    <section aria-labelledby="offers" className="mt-10" data-offers>
      <h2 id="offers" className="text-xl font-bold">
        {several ? words.offers : words.variants}
      </h2>
      {several && (
        <>
          <p className="text-soft">
            {words.counts(product.items.length, product.merchants)}.{" "}
            {low && words.lows(money(low.price, lang), 90)}
          </p>
          <OfferList items={first} here={here} lang={lang} />
          {rest.length > 0 && (
            <details>
              <summary className="link inline-block py-2 font-medium">
                {words.more(rest.length)}
              </summary>
              <OfferList items={rest} here={here} lang={lang} />
            </details>
          )}
          {why && <Together why={why} product={product} lang={lang} />}
        </>
      )}
      {variants.length > 0 && (
        <>
          {several && <h3 className="mt-6 font-semibold">{words.variants}</h3>}
          <ul className="mt-2 flex flex-wrap gap-2" data-variants>
            {variants.map((one) => (
              <li key={one.id} className="max-w-full">
                <Link
                  href={addressOfDeal(lang, one.offer ?? "", one.title ?? "")}
                  prefetch={false}
                  className="block rounded-xl border border-edge bg-card px-3 py-2 hover:bg-sunk"
                >
                  <span className="block font-medium">{differsIn(one.differs, lang)}</span>
                  <span className="block text-sm text-soft">
                    {one.from ? words.variantFrom(money(one.from, lang)) : words.variantGone}
                  </span>
                  <span className="sr-only">{one.title}</span>
                </Link>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function OfferList({ items, here, lang }: { items: ProductOffer[]; here: string; lang: Lang }) {
  return (
    <ul className="mt-3 flex flex-col gap-2">
      {items.map((one) => (
        <li
          key={one.id}
          className={`grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-2 rounded-2xl border bg-card p-4 lg:grid-cols-[minmax(0,1.4fr)_9rem_minmax(0,1fr)_auto] ${one.id === here ? "border-fox" : "border-line"}`}
          data-offer={one.id}
        >
          <OfferLine one={one} here={one.id === here} lang={lang} />
        </li>
      ))}
    </ul>
  );
}

function OfferLine({ one, here, lang }: { one: ProductOffer; here: boolean; lang: Lang }) {
  const words = wordsOf(lang);
  const stock = words.deal.availabilities[one.availability] ?? one.availability;
  const soldOut = one.availability === "out_of_stock";
  return (
    <>
      <div className="min-w-0">
        <p className="font-semibold">
          {one.merchant.name}
          {here && <span className="font-normal text-soft"> ({words.product.here})</span>}
        </p>
        {here ? (
          <p className="line-clamp-2 text-sm text-soft">{one.title}</p>
        ) : (
          <Link
            href={addressOfDeal(lang, one.id, one.title)}
            prefetch={false}
            className="link line-clamp-2 text-sm"
          >
            {one.title}
          </Link>
        )}
      </div>
      <div className="text-right lg:text-left">
        <p
          className={`text-xl font-bold tabular-nums ${soldOut ? "text-soft" : ""}`}
          data-offer-price={one.price?.minor}
        >
          {one.price ? money(one.price, lang) : words.card.noPrice}
        </p>
        <p className="text-sm text-soft">{shippingOf(one, lang)}</p>
      </div>
      <div className="min-w-0">
        <VerdictChip verdict={one.verdict} claim={one.claim_verdict} lang={lang} />
        <p className="mt-1 text-sm text-soft">
          <span className={soldOut ? "font-semibold text-ink" : ""}>{stock}</span>
          {one.checked_seconds_ago !== null &&
            `, ${words.card.checked(ago(one.checked_seconds_ago, lang))}`}
        </p>
      </div>
      <ShopLink
        url={one.url}
        lang={lang}
        about={`${one.title}, ${one.merchant.name}`}
        className="justify-self-end max-sm:col-span-2 max-sm:justify-self-stretch"
      />
    </>
  );
}

/** What was found in common, an offer a line. */
function Together({ why, product, lang }: { why: WhyTogether; product: Product; lang: Lang }) {
  const words = wordsOf(lang).together;
  const shops = new Map(product.items.map((one) => [one.id, one.merchant.name]));
  const told = why.members.filter((one) => one.reasons || one.how === "person");
  if (told.length === 0) return null;
  return (
    <details className="mt-3" data-together>
      <summary className="link inline-block py-1.5 font-medium">{words.title}</summary>
      <p className="mt-1 text-sm text-soft">{words.help}</p>
      <ul className="mt-2 grid gap-3 text-sm md:grid-cols-2 lg:grid-cols-3">
        {told.map((one) => (
          <li key={one.offer}>
            <p className="font-medium">
              {[shops.get(one.same_as ?? one.offer), one.title].filter(Boolean).join(": ")}
            </p>
            <ul className="list-disc pl-5">
              {one.same_as && <li>{words.twice}</li>}
              {one.how === "person" && <li>{words.person}</li>}
              {one.probability !== null && <li>{words.sure(sure(one.probability, lang))}</li>}
              {reasonsIn(one.reasons ?? "", lang)
                .filter((reason) => reason.text)
                .map((reason) => (
                  <li key={reason.text} lang={reason.foreign ? "en" : undefined}>
                    {reason.text}
                  </li>
                ))}
            </ul>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** `99,8 %`, rounded down: a hundred would be more than was found. */
function sure(probability: number, lang: Lang): string {
  const tenths = String(Math.floor(probability * 1000));
  const [whole, part] = [tenths.slice(0, -1) || "0", tenths.slice(-1)];
  return lang === "de" ? `${whole},${part}\u00a0%` : `${whole}.${part}%`;
}
