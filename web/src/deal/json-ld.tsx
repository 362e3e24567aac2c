import type { Listing, Offer } from "../api/types.ts";

const STOCK: Record<string, string> = {
  in_stock: "InStock",
  limited: "LimitedAvailability",
  preorder: "PreOrder",
  backorder: "BackOrder",
  out_of_stock: "OutOfStock",
};
const CONDITION: Record<string, string> = {
  new: "NewCondition",
  used: "UsedCondition",
  refurbished: "RefurbishedCondition",
};

/** The offer for machines (schema.org): what is known, and nothing that is not. */
export function productData(
  offer: Offer,
  card: Listing | undefined,
  address: string,
  origin: string,
): object {
  const stock = STOCK[offer.availability];
  return {
    "@context": "https://schema.org",
    "@type": "Product",
    name: offer.title,
    url: address,
    ...(offer.picture ? { image: `${origin}${offer.picture}&width=640` } : {}),
    ...(offer.brand ? { brand: { "@type": "Brand", name: offer.brand } } : {}),
    ...(offer.gtin ? { gtin: offer.gtin } : {}),
    ...(offer.mpn ? { mpn: offer.mpn } : {}),
    ...(card?.category ? { category: card.category } : {}),
    ...(offer.price
      ? {
          offers: {
            "@type": "Offer",
            url: address,
            price: amount(offer.price),
            priceCurrency: offer.price.currency,
            seller: { "@type": "Organization", name: offer.merchant },
            ...(stock ? { availability: `https://schema.org/${stock}` } : {}),
            ...(CONDITION[offer.condition]
              ? { itemCondition: `https://schema.org/${CONDITION[offer.condition]}` }
              : {}),
            ...(card?.valid_to ? { priceValidUntil: card.valid_to.slice(0, 10) } : {}),
            ...(card?.shipping
              ? {
                  shippingDetails: {
                    "@type": "OfferShippingDetails",
                    shippingRate: {
                      "@type": "MonetaryAmount",
                      value: amount(card.shipping),
                      currency: card.shipping.currency,
                    },
                  },
                }
              : {}),
          },
        }
      : {}),
  };
}

function amount(money: { minor: number; currency: string }): string {
  return (money.minor / 100).toFixed(2);
}

export function breadcrumbData(steps: { name: string; address: string }[]): object {
  return {
    "@context": "https://schema.org",
    "@type": "BreadcrumbList",
    itemListElement: steps.map((step, at) => ({
      "@type": "ListItem",
      position: at + 1,
      name: step.name,
      item: step.address,
    })),
  };
}

/** Data in a page. `<` is written so that no text of a shop can end the script. */
export function JsonLd({ data }: { data: object }) {
  const text = JSON.stringify(data).replaceAll("<", "\\u003c");
  return (
    // biome-ignore lint/security/noDangerouslySetInnerHtml: JSON without a single `<`
    <script type="application/ld+json" dangerouslySetInnerHTML={{ __html: text }} />
  );
}
