import Link from "next/link";
import type { Merchant } from "../api/types.ts";
import { moment } from "../form.ts";
import { type Lang, pathOf } from "../routes.ts";
import { wordsOf } from "../words/index.ts";

/** What is known of a merchant: how much there is, and how its reference prices hold. */
export function MerchantFacts({
  merchant,
  lang,
  own = false,
}: {
  merchant: Merchant;
  lang: Lang;
  /** On its own page: the heading of it, without a link to itself. */
  own?: boolean;
}) {
  const words = wordsOf(lang).deal;
  return (
    <section aria-labelledby="merchant">
      {own ? (
        <h1 id="merchant" className="text-3xl font-bold">
          {merchant.name}
        </h1>
      ) : (
        <h2 id="merchant" className="text-xl font-bold">
          {words.merchant}: {merchant.name}
        </h2>
      )}
      <ul className="mt-2 flex flex-col gap-1">
        <li>
          {words.offersOf(merchant.offers)}, {words.dealsOf(merchant.deals)}
        </li>
        <li>{words.claimsOf(merchant.claims.inflated ?? 0, merchant.claims.judged ?? 0)}</li>
        {merchant.last_read_at && (
          <li className="text-soft">{words.readAt(moment(merchant.last_read_at, lang))}</li>
        )}
      </ul>
      {!own && (
        <p className="mt-3">
          <Link href={pathOf(lang, "merchant", merchant.slug)} className="link">
            {words.allOf(merchant.name)}
          </Link>
        </p>
      )}
    </section>
  );
}
