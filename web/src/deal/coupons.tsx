import type { OfferPromotion } from "../api/types.ts";
import type { Lang } from "../routes.ts";
import { wordsOf } from "../words/index.ts";
import { CouponCode } from "./coupon-code.tsx";
import { grantOf, limitsOf, termIn } from "./coupon-words.ts";

/** What the merchant grants beside the price, as stated. It is never taken off a price here. */
export function Coupons({ promotions, lang }: { promotions: OfferPromotion[]; lang: Lang }) {
  if (promotions.length === 0) return null;
  const words = wordsOf(lang).coupons;
  return (
    <section aria-labelledby="coupons" className="mt-10">
      <h2 id="coupons" className="text-xl font-bold">
        {words.title}
      </h2>
      <p className="text-sm text-soft">{words.help}</p>
      <ul className="mt-3 grid gap-4 md:grid-cols-2">
        {promotions.map((one) => (
          <li
            key={one.id}
            className="min-w-0 rounded-2xl border border-line bg-card p-4"
            data-coupon={one.id}
          >
            <Coupon promotion={one} lang={lang} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Coupon({ promotion, lang }: { promotion: OfferPromotion; lang: Lang }) {
  const words = wordsOf(lang).coupons;
  const grants = grantOf(promotion, lang);
  const terms = Object.entries(promotion.terms);
  return (
    <>
      <h3 className="font-semibold">{grants}</h3>
      {promotion.title !== grants && <p>{promotion.title}</p>}
      {promotion.description && promotion.description !== promotion.title && (
        <p className="text-sm text-soft">{promotion.description}</p>
      )}
      {promotion.code ? (
        <CouponCode code={promotion.code} lang={lang} />
      ) : (
        <p className="mt-2 font-medium">{words.noCode}</p>
      )}
      <p className="mt-1 text-sm">{limitsOf(promotion, lang).join(", ")}</p>
      {terms.length > 0 && (
        <details className="mt-1 text-sm">
          <summary className="link inline-block py-1">{words.terms}</summary>
          <dl className="mt-1 grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1">
            {terms.map(([name, value]) => (
              <div key={name} className="contents">
                <dt className="text-soft">{words.names[name] ?? name.replaceAll("_", " ")}</dt>
                <dd>
                  {[value]
                    .flat()
                    .map((value) => termIn(value, lang))
                    .join(", ")}
                </dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </>
  );
}
