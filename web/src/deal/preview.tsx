/** The picture that goes with a link to a deal elsewhere: title, price, verdict, by our own hand. */

import { ImageResponse } from "next/og";
import type { Offer } from "../api/types.ts";
import { money } from "../form.ts";
import type { Lang } from "../routes.ts";
import { LOGO } from "../ui/logo-parts.ts";
import { wordsOf } from "../words/index.ts";
import { drawable } from "./drawable.ts";

export const SIZE = { width: 1200, height: 630 };

const COLOURS: Record<string, [string, string]> = {
  genuine: ["#e0f0e6", "#14603f"],
  plausible: ["#e0eef4", "#1d5a74"],
  small: ["#f6eed6", "#6b5312"],
};
const GREY: [string, string] = ["#ecebe6", "#565a55"];
const RED: [string, string] = ["#f8e6e3", "#8c2f2b"];
const REFUTED = new Set(["claim_inflated", "claim_overstated"]);

export function drawPreview(offer: Offer, lang: Lang): ImageResponse {
  const words = wordsOf(lang);
  const verdict = offer.verdict;
  const name = (verdict?.verdict ?? "insufficient") as keyof typeof words.verdicts;
  const refuted = name === "no_reduction" && REFUTED.has(verdict?.claim_verdict ?? "");
  const [wash, ink] = refuted ? RED : (COLOURS[name] ?? GREY);
  const title = drawable(offer.title);
  const low = verdict?.badge ? verdict.evidence.lowest_30_days : null;
  return new ImageResponse(
    <div
      style={{
        width: "100%",
        height: "100%",
        display: "flex",
        flexDirection: "column",
        justifyContent: "space-between",
        padding: 64,
        background: "#faf8f3",
        color: "#20281f",
      }}
    >
      <div style={{ display: "flex", alignItems: "center", gap: 20, fontSize: 40 }}>
        <svg viewBox="0 0 64 64" width="72" height="72" role="img" aria-label={words.name}>
          {LOGO.map(([d, fill]) => (
            <path key={d} d={d} fill={fill} />
          ))}
        </svg>
        {words.name}
      </div>
      <div style={{ display: "flex", flexDirection: "column", gap: 16 }}>
        <div style={{ display: "flex", fontSize: 34, color: "#545c50" }}>
          {drawable(offer.merchant)}
        </div>
        <div style={{ display: "flex", fontSize: 60, lineHeight: 1.15 }}>
          {title.length > 90 ? `${title.slice(0, 88).trimEnd()}…` : title}
        </div>
      </div>
      <div style={{ display: "flex", alignItems: "center", gap: 36 }}>
        <div style={{ display: "flex", fontSize: 84 }}>
          {drawable(offer.price ? money(offer.price, lang) : words.card.noPrice)}
        </div>
        {low && (
          <div
            style={{
              display: "flex",
              fontSize: 40,
              color: "#545c50",
              textDecoration: "line-through",
            }}
          >
            {drawable(money(low, lang))}
          </div>
        )}
        <div
          style={{
            display: "flex",
            padding: "14px 32px",
            borderRadius: 48,
            background: wash,
            color: ink,
            fontSize: 40,
          }}
        >
          {words.verdicts[name]}
        </div>
      </div>
    </div>,
    SIZE,
  );
}
