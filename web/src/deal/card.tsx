import Link from "next/link";
import type { Listing } from "../api/types.ts";
import { ago, day, money } from "../form.ts";
import { type Lang, pathOf, slugOf } from "../routes.ts";
import { SaveButton } from "../saved/save-button.tsx";
import { Picture } from "../ui/picture.tsx";
import { ShopLink } from "../ui/shop-link.tsx";
import { VerdictChip } from "../ui/verdict.tsx";
import { wordsOf } from "../words/index.ts";
import { CardMenu } from "./card-menu.tsx";
import { claimWords } from "./claim.ts";
import { OffersLink } from "./offers-link.tsx";
import { SparkOf } from "./spark.tsx";
import { WhyButton } from "./why.tsx";

export function addressOfDeal(lang: Lang, id: string, title: string): string {
  return pathOf(lang, "deal", id, slugOf(title));
}

/** One listing. The height is the grid's; what is long is cut, and whole on its own page. */
export function Card({ item, lang, titleId }: { item: Listing; lang: Lang; titleId?: string }) {
  const words = wordsOf(lang);
  const to = addressOfDeal(lang, item.id, item.title);
  return (
    <div className="relative flex h-full flex-col overflow-hidden rounded-2xl border border-line bg-card p-3.5">
      <div className="flex min-h-0 flex-1 gap-3 sm:flex-col">
        <Picture
          category={item.category}
          title={item.title}
          source={item.picture}
          className="h-20 w-20 shrink-0 rounded-xl sm:h-36 sm:w-full"
        />
        <div className="flex min-h-0 min-w-0 flex-1 flex-col">
          <p className="h-8 shrink-0 truncate pr-20 text-sm text-soft sm:h-auto sm:pr-0">
            {item.merchant.name}
          </p>
          <h3 id={titleId} className="line-clamp-2 shrink-0 leading-snug font-semibold">
            <Link href={to} prefetch={false} className="hover:underline" data-deal={item.id}>
              {item.title}
            </Link>
          </h3>
          <p className="mt-1.5 flex shrink-0 flex-wrap items-baseline gap-x-2">
            <span className="text-xl font-bold">
              {item.price ? money(item.price, lang) : words.card.noPrice}
            </span>
            <span className="text-sm text-soft">
              {item.availability === "out_of_stock" ? words.card.soldOut : shippingOf(item, lang)}
            </span>
          </p>
          <OffersLink product={item.product} to={`${to}#offers`} lang={lang} />
          <Saving item={item} lang={lang} />
          <ClaimLine item={item} lang={lang} />
        </div>
      </div>
      <SparkOf item={item} lang={lang} />
      <div className="mt-2 flex flex-wrap items-center gap-x-2 gap-y-1">
        <VerdictChip verdict={item.verdict} claim={item.claim_verdict} lang={lang} />
        <WhyButton id={item.id} title={item.title} lang={lang} />
      </div>
      <p className="mt-1 truncate text-xs text-soft">
        {[
          item.checked_seconds_ago !== null &&
            words.card.checked(ago(item.checked_seconds_ago, lang)),
          item.valid_to && words.card.until(day(item.valid_to, lang)),
        ]
          .filter(Boolean)
          .join(", ")}
      </p>
      <ShopLink
        url={item.url}
        lang={lang}
        about={`${item.title}, ${item.merchant.name}`}
        className="mt-2"
      />
      <div className="absolute top-2 right-2 flex items-start rounded-full bg-card sm:top-4.5 sm:right-4.5">
        <SaveButton
          id={item.id}
          title={item.title}
          lang={lang}
          className="grid size-9 place-items-center rounded-full text-ink hover:bg-sunk"
        />
        <CardMenu item={item} to={to} lang={lang} />
      </div>
    </div>
  );
}

export function shippingOf(item: Pick<Listing, "shipping">, lang: Lang): string {
  const words = wordsOf(lang).card;
  if (item.shipping === null) return words.shippingUnknown;
  return item.shipping.minor === 0
    ? words.shippingFree
    : words.shipping(money(item.shipping, lang));
}

/** Ours: the price that it was measured against, struck, and the percentage that is left. */
export function Saving({ item, lang }: { item: Listing; lang: Lang }) {
  const words = wordsOf(lang).card;
  if (!item.lowest_30_days || !item.honest_pct || item.honest_pct <= 0 || !item.badge) return null;
  const percent =
    item.verdict === "plausible" ? words.savesUpTo(item.honest_pct) : words.saves(item.honest_pct);
  return (
    <p className="flex shrink-0 flex-wrap items-baseline gap-x-2 text-sm">
      <strong className="font-bold text-real">{percent}</strong>
      <span>
        {words.low30} <s>{money(item.lowest_30_days, lang)}</s>
      </span>
    </p>
  );
}

/** Theirs: what the merchant says of the reduction, marked as the merchant's. */
export function ClaimLine({ item, lang }: { item: Listing; lang: Lang }) {
  const words = wordsOf(lang);
  const said = claimWords(item.claim, lang);
  if (!said) return null;
  const judged = words.claimVerdicts[item.claim_verdict as keyof typeof words.claimVerdicts];
  return (
    <p className="line-clamp-3 text-sm text-soft">
      {words.card.shop} {said}
      {judged && <> ({judged})</>}
    </p>
  );
}
