/** The small line of a card's last 90 days: a step line with gaps, as one SVG path. */

import type { Spark } from "../api/types.ts";

export interface SparkLine {
  path: string;
  low: number;
  high: number;
}

/** Null where there is nothing to draw: no price, or none that was ever another one. A price that
 * stayed is a straight line in the middle. */
export function sparkLine(spark: Spark, box: { width: number; height: number }): SparkLine | null {
  const prices = spark.steps.flatMap((step) => (step.minor === null ? [] : [step.minor]));
  if (!prices.length) return null;
  const [low, high] = [Math.min(...prices), Math.max(...prices)];
  const x = (hour: number) => Math.round((hour / spark.hours) * box.width * 10) / 10;
  const y = (minor: number) =>
    high === low
      ? box.height / 2
      : Math.round((1 - (minor - low) / (high - low)) * box.height * 10) / 10;
  let path = "";
  let drawing = false;
  spark.steps.forEach((step, at) => {
    const end = x(spark.steps[at + 1]?.hour ?? spark.hours);
    if (step.minor !== null) {
      path += drawing ? `V${y(step.minor)}H${end}` : `M${x(step.hour)} ${y(step.minor)}H${end}`;
    }
    drawing = step.minor !== null;
  });
  return { path, low, high };
}
