import type { Stretch } from "../api/types.ts";
import { money, shortDay } from "../form.ts";
import type { Lang } from "../routes.ts";
import { wordsOf } from "../words/index.ts";
import { piecesOf } from "./series.ts";

/** The chart's prices as a table and as a file, the newest first. Made on the server alone: a year
 * has many rows, and none of them has to come alive. */
export function PriceTable({
  id,
  stretches,
  currency,
  now,
  lang,
}: {
  id: string;
  stretches: Stretch[];
  currency: string;
  now: number;
  lang: Lang;
}) {
  const words = wordsOf(lang).chart;
  const states: Record<string, string> = { sold_out: words.soldOut, unseen: words.unseen };
  return (
    <details className="mt-4">
      <summary className="link inline-block py-1.5 font-medium">{words.table}</summary>
      <div className="mt-2 overflow-x-auto">
        <table className="w-full max-w-xl text-left text-sm">
          <thead>
            <tr>
              {[words.from, words.to, words.price, words.state].map((name) => (
                <th key={name} scope="col" className="py-1.5 pr-4 font-semibold">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {piecesOf(stretches, now)
              .reverse()
              .map((one) => (
                <tr key={one.from} className="border-t border-line">
                  <td className="py-1.5 pr-4">{shortDay(one.from, lang)}</td>
                  <td className="py-1.5 pr-4">
                    {one.to === now ? words.today : shortDay(one.to, lang)}
                  </td>
                  <td className="py-1.5 pr-4 tabular-nums">
                    {one.minor === null ? "–" : money({ minor: one.minor, currency }, lang)}
                  </td>
                  <td className="py-1.5 pr-4">{states[one.state] ?? ""}</td>
                </tr>
              ))}
          </tbody>
        </table>
      </div>
      <p className="mt-2">
        <a className="link" href={`/api/v1/offers/${id}/history?format=csv`} download={`${id}.csv`}>
          {words.csv}
        </a>
      </p>
    </details>
  );
}
