import type { Listing } from "../api/types.ts";
import { money } from "../form.ts";
import type { Lang } from "../routes.ts";
import { wordsOf } from "../words/index.ts";

/** `UVP 79,00 €, −26 %`; empty where the merchant claims nothing. */
export function claimWords(claim: Listing["claim"], lang: Lang): string {
  const words = wordsOf(lang);
  const kind = words.claims[claim.kind] ?? "";
  const reference = claim.reference ? `${kind} ${money(claim.reference, lang)}`.trim() : "";
  const percent = claim.percent ? words.card.saves(claim.percent) : "";
  return [reference, percent].filter(Boolean).join(", ");
}
