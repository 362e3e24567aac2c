/** The shapes of the API's answers by short names; all of them come from the description. */

import type { components } from "./schema.ts";

type Shapes = components["schemas"];

export type Money = Shapes["Money"];
export type Listing = Shapes["Listing"];
export type Spark = Shapes["Spark"];
export type SearchPage = Shapes["SearchPage"];
export type Understood = Shapes["Understood"];
export type FacetValue = Shapes["FacetValue"];
export type Offer = Shapes["Offer"];
export type OfferVerdict = Shapes["OfferVerdict"];
export type Stretch = Shapes["Stretch"];
export type PastOfOffer = Shapes["PastOfOffer"];
export type Cards = Shapes["Cards"];
export type Merchant = Shapes["Merchant"];
export type MerchantPage = Shapes["MerchantPage"];
export type Verdict = Shapes["Verdict"];
export type Product = Shapes["Product"];
export type ProductOffer = Shapes["ProductOffer"];
export type Sibling = Shapes["Sibling"];
export type WhyTogether = Shapes["Why"];
export type OfferPromotion = Shapes["OfferPromotion"];
