import Link from "next/link";
import { type Lang, pathOf } from "../routes.ts";
import { VERDICTS } from "../search/state.ts";
import { VerdictChip } from "../ui/verdict.tsx";
import { wordsOf } from "../words/index.ts";

/** How discounts are judged: the rules of `docs/rules.md` for people who shop. */
export function Judging({ lang }: { lang: Lang }) {
  const words = wordsOf(lang);
  const claims = (
    <ul>
      {(["claim_ok", "claim_inflated", "claim_overstated", "claim_uvp"] as const).map((name) => (
        <li key={name}>{words.claimVerdicts[name]}</li>
      ))}
    </ul>
  );
  const verdicts = (
    <dl className="flex flex-col gap-3">
      {[...VERDICTS, "exempt" as const].map((name) => (
        <div key={name}>
          <dt>
            <VerdictChip verdict={name} lang={lang} />
          </dt>
          <dd className="mt-1">{words.verdictMeans[name]}</dd>
        </div>
      ))}
    </dl>
  );
  const ranking = (
    <Link href={pathOf(lang, "ranking")} className="link">
      {words.nav.ranking}
    </Link>
  );
  if (lang === "en") {
    return (
      <article className="prose-site">
        <h1 className="text-3xl font-bold">How we judge</h1>
        <p>
          A discount is only as good as the price that it is compared with. We therefore do not
          compare with what the merchant strikes through, but with what we have seen ourselves.
        </p>
        <h2>What we compare with</h2>
        <p>
          With the lowest price of the 30 days before the reduction began. This is the measure that
          German law (§ 11 of the price indication ordinance) sets for announced reductions. If a
          price is cut in steps without a pause, the 30 days before the first step count. The price
          of the sale itself is never its own measure.
        </p>
        <h2>The verdicts</h2>
        {verdicts}
        <h2>When we name a percentage</h2>
        <p>
          When we know at least four fifths of the 30 days. The percentage is rounded down, never
          up. Between half and four fifths we say “up to”. Below half we say that we do not know.
          How much of the time we saw stands beside every verdict.
        </p>
        <h2>What the merchant says</h2>
        <p>
          Struck prices and percentages of merchants are shown, marked as theirs, and checked: did
          we see such a price in the 90 days before?
        </p>
        {claims}
        <p>A maker’s recommendation (RRP) is no earlier price and never makes a discount real.</p>
        <h2>What does not count</h2>
        <p>
          Prices while something was sold out, prices that nobody looked at, and the commission of a
          link. A fresh raise before the cut is named. Readings that cannot be right are held back
          until somebody has looked at them.
        </p>
        <p>{ranking}</p>
      </article>
    );
  }
  return (
    <article className="prose-site">
      <h1 className="text-3xl font-bold">So urteilen wir</h1>
      <p>
        Ein Rabatt ist nur so gut wie der Preis, mit dem er verglichen wird. Darum vergleichen wir
        nicht mit dem, was der Händler durchstreicht, sondern mit dem, was wir selbst gesehen haben.
      </p>
      <h2>Womit wir vergleichen</h2>
      <p>
        Mit dem niedrigsten Preis der 30 Tage, bevor die Senkung begann. Das ist der Maßstab, den §
        11 der Preisangabenverordnung für beworbene Ermäßigungen setzt. Wird ein Preis ohne Pause in
        Stufen gesenkt, zählen die 30 Tage vor der ersten Stufe. Der Aktionspreis selbst ist nie
        sein eigener Maßstab.
      </p>
      <h2>Die Urteile</h2>
      {verdicts}
      <h2>Wann wir Prozente nennen</h2>
      <p>
        Wenn wir mindestens vier Fünftel der 30 Tage kennen. Gerundet wird nach unten, nie nach
        oben. Zwischen der Hälfte und vier Fünfteln sagen wir „bis zu“. Darunter sagen wir, dass wir
        es nicht wissen. Wie viel der Zeit wir gesehen haben, steht bei jedem Urteil.
      </p>
      <h2>Was der Händler sagt</h2>
      <p>
        Streichpreise und Prozente der Händler zeigen wir, kennzeichnen sie als deren Angabe und
        prüfen sie: Haben wir einen solchen Preis in den 90 Tagen davor gesehen?
      </p>
      {claims}
      <p>
        Die Empfehlung des Herstellers (UVP) ist kein früherer Preis und macht keinen Rabatt echt.
      </p>
      <h2>Was nicht zählt</h2>
      <p>
        Preise, während etwas ausverkauft war, Zeiten, in denen niemand hingesehen hat, und die
        Provision eines Links. Eine frische Erhöhung vor der Senkung nennen wir. Daten, die so nicht
        stimmen können, halten wir zurück, bis jemand sie angesehen hat.
      </p>
      <p>{ranking}</p>
    </article>
  );
}
