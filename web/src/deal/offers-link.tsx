import Link from "next/link";
import type { Listing } from "../api/types.ts";
import { money } from "../form.ts";
import type { Lang } from "../routes.ts";
import { wordsOf } from "../words/index.ts";

/** `5 Angebote ab 21,99 €`, where a product has more than one; a way to all of them. */
export function OffersLink({
  product,
  to,
  lang,
}: {
  product: Listing["product"];
  to: string;
  lang: Lang;
}) {
  if (!product || product.offers < 2) return null;
  const words = wordsOf(lang).card;
  return (
    <Link
      href={to}
      prefetch={false}
      className="link shrink-0 self-start py-0.5 text-sm font-medium"
      data-offers-of={product.id}
    >
      {product.from
        ? words.offersFrom(product.offers, money(product.from, lang))
        : words.offersNone(product.offers)}
    </Link>
  );
}
