import type { Listing } from "../api/types.ts";
import { money } from "../form.ts";
import type { Lang } from "../routes.ts";
import { wordsOf } from "../words/index.ts";
import { sparkLine } from "./spark.ts";

const BOX = { width: 240, height: 24 };

/** The last 90 days of a price; the place is the same where there is no line. */
export function SparkOf({ item, lang }: { item: Listing; lang: Lang }) {
  const line = item.spark && sparkLine(item.spark, BOX);
  if (!line || !item.spark) return <div className="mt-2 h-7 shrink-0" />;
  const say = (minor: number) => money({ minor, currency: item.spark?.currency ?? "EUR" }, lang);
  return (
    <div className="mt-2 flex h-7 shrink-0 items-center gap-2" data-spark>
      <svg
        viewBox={`-1 -2 ${BOX.width + 2} ${BOX.height + 4}`}
        preserveAspectRatio="none"
        className="h-full min-w-0 flex-1"
        role="img"
        aria-label={wordsOf(lang).card.spark(say(line.low), say(line.high))}
      >
        <path
          d={line.path}
          className="stroke-fox"
          fill="none"
          strokeWidth="1.75"
          vectorEffect="non-scaling-stroke"
        />
      </svg>
      <span aria-hidden="true" className="text-xs text-soft">
        {wordsOf(lang).card.sparkDays}
      </span>
    </div>
  );
}
