/** What a promotion grants and where it ends, in our words; the merchant's own stand beside. */

import type { OfferPromotion } from "../api/types.ts";
import { day, money } from "../form.ts";
import type { Lang } from "../routes.ts";
import { wordsOf } from "../words/index.ts";

export function grantOf(
  promotion: Pick<OfferPromotion, "percent" | "money_off" | "kind" | "title">,
  lang: Lang,
): string {
  const words = wordsOf(lang).coupons;
  if (promotion.percent !== null) return words.percentOff(promotion.percent);
  if (promotion.money_off) return words.moneyOff(money(promotion.money_off, lang));
  return words.kinds[promotion.kind] ?? promotion.title;
}

/** Minimum spend, what it is for, and its end where one is known: an end that nobody stated is not
 * made up. */
export function limitsOf(
  promotion: Pick<OfferPromotion, "minimum_spend" | "for_everything" | "ends_at">,
  lang: Lang,
): string[] {
  const words = wordsOf(lang).coupons;
  return [
    ...(promotion.minimum_spend ? [words.minimum(money(promotion.minimum_spend, lang))] : []),
    promotion.for_everything ? words.everything : words.forSome,
    ...(promotion.ends_at ? [words.until(day(promotion.ends_at, lang))] : []),
  ];
}

/** A value of a condition: known ones in words, the rest as stated. */
export function termIn(value: string, lang: Lang): string {
  return wordsOf(lang).coupons.values[value] ?? value;
}
