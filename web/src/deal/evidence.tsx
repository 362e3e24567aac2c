import type { ReactNode } from "react";
import type { Offer } from "../api/types.ts";
import { day, money } from "../form.ts";
import type { Lang } from "../routes.ts";
import { wordsOf } from "../words/index.ts";
import { claimWords } from "./claim.ts";

/** The numbers behind a verdict, one a line. */
export function EvidenceList({ offer, lang }: { offer: Offer; lang: Lang }) {
  const words = wordsOf(lang).why;
  const found = offer.verdict?.evidence;
  if (!found) return null;
  const said = claimWords(offer.claim, lang);
  const judged = offer.verdict && wordsOf(lang).claimVerdicts[offer.verdict.claim_verdict];
  const lines: [string, ReactNode][] = [];
  if (offer.price) lines.push([words.now, money(offer.price, lang)]);
  if (found.price_since) lines.push([words.since, day(found.price_since, lang)]);
  if (found.lowest_30_days) lines.push([words.low30, money(found.lowest_30_days, lang)]);
  if (found.window.from && found.window.to) {
    lines.push([words.window, `${day(found.window.from, lang)} – ${day(found.window.to, lang)}`]);
  }
  if (found.coverage !== null) {
    const percent = Math.floor(found.coverage * 100);
    lines.push([words.coverage, lang === "de" ? `${percent}\u00a0%` : `${percent}%`]);
  }
  if (found.first_seen) lines.push([words.firstSeen, day(found.first_seen, lang)]);
  if (said) lines.push([words.claim, judged ? `${said} (${judged})` : said]);
  return <Facts title={words.evidence} lines={lines} />;
}

/** The points of the rating: they add up to it, and nothing in it was paid for. */
export function RatingParts({
  rating,
  lang,
}: {
  rating: NonNullable<Offer["rating"]>;
  lang: Lang;
}) {
  const words = wordsOf(lang).why;
  const lines: [string, ReactNode][] = Object.entries(rating.parts).map(([part, points]) => [
    words.parts[part] ?? part,
    rating.most[part] === undefined
      ? `+ ${points}`
      : `+ ${points} ${words.ofMost(rating.most[part])}`,
  ]);
  lines.push([words.paid, "0"]);
  return (
    <>
      <Facts title={`${words.rating}: ${words.of(rating.score)}`} lines={lines} />
      {rating.reasons.length > 0 && (
        <ul className="mt-2 list-disc pl-5 text-sm text-soft">
          {rating.reasons.map((reason) => (
            <li key={`${reason.part}-${reason.code}`}>
              {reason.text[lang]} (−{reason.lost})
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

export function Facts({ title, lines }: { title?: string; lines: [string, ReactNode][] }) {
  return (
    <>
      {title && <h3 className="mt-4 text-base font-semibold">{title}</h3>}
      <dl className="mt-1 grid grid-cols-[minmax(0,1fr)_minmax(0,1fr)] gap-x-4 text-sm">
        {lines.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="border-t border-line py-1.5 text-soft">{name}</dt>
            <dd className="border-t border-line py-1.5 font-medium">{value}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
