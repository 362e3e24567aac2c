import type { ReactNode } from "react";
import type { Lang } from "../routes.ts";
import { wordsOf } from "../words/index.ts";

/** The main parameters of the order and their weight, as § 5b (2) UWG asks for. */
export function Ranking({ lang, popular }: { lang: Lang; popular: string | null }) {
  const words = wordsOf(lang);
  const sorts = words.search.sorts;
  const lines: [string, ReactNode][] =
    lang === "de"
      ? [
          [
            sorts.relevance,
            "Wie gut die Suchwörter passen. Ein Wort im Titel zählt dreimal, in der Marke zweimal so viel wie in der Kategorie; seltene Wörter zählen mehr. Ohne Suchwörter wie „Ersparnis“.",
          ],
          [
            sorts.discount,
            "Unsere eigene Prozentzahl, die größte zuerst. Angebote ohne nachgeprüfte Ersparnis stehen hinten. Prozente der Händler zählen nicht.",
          ],
          [sorts.price, "Der Preis ohne Versand, der niedrigste zuerst."],
          [sorts.popular, `${popular ?? "Zahl der Händler, dann angegebene Bewertungen"}.`],
          [sorts.newest, "Wann wir das Angebot zum ersten Mal gesehen haben, das neueste zuerst."],
          [
            sorts.ending_soon,
            "Das bekannte Ende, das nächste zuerst. Angebote ohne Ende stehen hinten.",
          ],
        ]
      : [
          [
            sorts.relevance,
            "How well the words fit. A word in the title counts three times, in the brand twice as much as in the category; rare words count more. Without words: as “Saving”.",
          ],
          [
            sorts.discount,
            "Our own percentage, the largest first. Offers without a checked saving come last. Percentages of merchants do not count.",
          ],
          [sorts.price, "The price without shipping, the lowest first."],
          [sorts.popular, `${popular ?? "Number of merchants, then stated ratings"}.`],
          [sorts.newest, "When we first saw the offer, the newest first."],
          [sorts.ending_soon, "The known end, the nearest first. Offers without an end come last."],
        ];
  return (
    <article className="prose-site">
      <h1 className="text-3xl font-bold">{words.nav.ranking}</h1>
      <p>
        {lang === "de"
          ? "Die Reihenfolge der Treffer folgt allein diesen Regeln. Niemand kann einen Platz kaufen, und die Provision eines Links geht in keine von ihnen ein. Alle Besucher sehen dieselbe Reihenfolge."
          : "The order of hits follows these rules alone. Nobody can buy a place, and the commission of a link is part of none of them. All visitors see the same order."}
      </p>
      <dl className="flex flex-col gap-4">
        {lines.map(([name, text]) => (
          <div key={name}>
            <dt className="font-semibold">{name}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      <h2>{words.why.rating}</h2>
      <p>
        {lang === "de"
          ? "Jedes Angebot hat bis zu 100 Punkte: vollständige Angaben 30, Urteil über den Preis 25, frisch geprüft 15, Verlässlichkeit der Händlerdaten 15, Verfügbarkeit 15. Unter „Warum?“ stehen die Punkte eines Angebots. Sie entscheiden nur bei „Beliebtheit“, und dort zuletzt."
          : "Each offer has up to 100 points: complete facts 30, verdict on the price 25, freshly checked 15, reliability of the merchant's data 15, availability 15. “Why?” shows the points of an offer. They decide only in “Popularity”, and there last."}
      </p>
    </article>
  );
}
