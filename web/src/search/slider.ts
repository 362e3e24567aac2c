/** Places on a slider of prices: close together where most prices are. */

const STEPS = [
  0, 5, 10, 15, 20, 25, 30, 40, 50, 75, 100, 150, 200, 250, 300, 400, 500, 750, 1000, 1500, 2000,
  3000, 5000,
].map((euros) => euros * 100);

/** The last place: no limit above. */
export const END = STEPS.length;

/** The place of an amount in cents, the nearest below it; of none the end where it means "all". */
export function placeOf(cents: number | null, none: "start" | "end"): number {
  if (cents === null) return none === "start" ? 0 : END;
  return Math.max(
    0,
    STEPS.findLastIndex((step) => step <= cents),
  );
}

/** What a place means in cents; null at both ends, where nothing is limited. */
export function centsAt(place: number): number | null {
  return place <= 0 ? null : (STEPS[place] ?? null);
}
