/** Pictures: the merchant's, as our API keeps it, over a drawing by category where there is none. */

const DRAWINGS: [RegExp, string][] = [
  [/kopfh|audio|lautspr|headphone/i, "M14 34v-4a18 18 0 0 1 36 0v4M14 32h6v14h-6zM44 32h6v14h-6z"],
  [/telefon|handy|smartphone/i, "M22 10h20v44H22zM29 48h6"],
  [
    /computer|tablet|laptop|speicher|elektronik|fernseher|electronic/i,
    "M10 14h44v28H10zM24 52h16M32 42v10",
  ],
  [/schuh|sneaker|shoe/i, "M10 40c8 0 12-6 14-16l8 8c6 6 14 6 22 8v8H10z"],
  [/tasche|rucks|bag/i, "M18 24h28l4 30H14zM24 24c0-14 16-14 16 0"],
  [
    /mode|strick|jacke|mantel|hose|hemd|shirt|kleid|pullover|apparel|fashion/i,
    "M22 12 10 20l4 10 6-3v27h24V27l6 3 4-10-12-8c-2 6-18 6-20 0z",
  ],
  [
    /fahrrad|bike/i,
    "M18 46a8 8 0 1 1 .1 0M46 46a8 8 0 1 1 .1 0M18 38l8-16h14l6 16M26 22l8 16H18M40 22l-6 16M22 18h8M40 22l-2-6h6",
  ],
  [/sport|lauf|wander|zelt|hantel|yoga|freizeit/i, "M8 50 26 18l10 16 6-8 14 24zM26 18v-6l8 3-8 3"],
  [
    /kaffee|tee|coffee/i,
    "M14 24h28v14a12 12 0 0 1-12 12h-4a12 12 0 0 1-12-12zM42 27h5a6 6 0 0 1 0 12h-5M22 10v7M32 10v7",
  ],
  [
    /lebensmittel|brot|nüsse|öle|food|getränk/i,
    "M18 20h28v32a4 4 0 0 1-4 4H22a4 4 0 0 1-4-4zM22 12h20v8H22zM18 32h28",
  ],
  [
    /haushalt|küche|topf|geschirr|kitchen/i,
    "M12 28h40v14a10 10 0 0 1-10 10H22a10 10 0 0 1-10-10zM6 30h6M52 30h6M20 22c4-4 20-4 24 0M32 14v4",
  ],
  [
    /drogerie|pflege|wäsche|shampoo|duft|beauty/i,
    "M22 26h20v28H22zM26 18h12v8H26zM32 18v-6h10M28 38h8",
  ],
  [/spiel|baby|kinder|puzzle|toy/i, "M12 36h18v18H12zM34 36h18v18H34zM23 14h18v18H23z"],
  [
    /wohn|garten|möbel|regal|licht|leuchte|textil|bett|home/i,
    "M8 32 32 12l24 20M14 28v26h36V28M26 54V40h12v14",
  ],
  [/bau|werkzeug|tool/i, "M14 50 34 30M30 16a12 12 0 0 1 16 16l-7-1-5-5-1-7zM10 46l8 8"],
  [
    /tier|hund|katze|pet/i,
    "M24 44c0-8 16-8 16 0s-16 12-16 0zM16 32a4 5 0 1 1 .1 0M26 24a4 5 0 1 1 .1 0M38 24a4 5 0 1 1 .1 0M48 32a4 5 0 1 1 .1 0",
  ],
  [
    /buch|book|medien/i,
    "M12 14h16a6 6 0 0 1 4 2 6 6 0 0 1 4-2h16v36H36a6 6 0 0 0-4 2 6 6 0 0 0-4-2H12zM32 16v36",
  ],
];
const TAG = "M10 12h22l24 24-20 20-26-24zM20 22h.1";

/** Lines of the drawing for a category path and a title. */
export function drawingOf(category: string | null, title: string): string {
  const parts = (category ?? "").split(" > ").reverse();
  for (const text of [...parts, title]) {
    const found = text ? DRAWINGS.find(([words]) => words.test(text)) : undefined;
    if (found) return found[1];
  }
  return TAG;
}

/** The place has its size before the picture comes, and keeps it where none comes: the API then
 * answers with a picture of nothing, and the drawing is seen. */
export function Picture({
  category,
  title,
  source,
  large = false,
  eager = false,
  className = "",
}: {
  category: string | null;
  title: string;
  source: string | null;
  large?: boolean;
  /** Among the first things seen: asked for at once. */
  eager?: boolean;
  className?: string;
}) {
  const width = large ? 640 : 320;
  return (
    <span
      className={`relative flex items-center justify-center overflow-hidden ${source ? "bg-[#fff] text-[#6b6f68]" : "bg-sunk text-soft"} ${className}`}
    >
      <svg
        viewBox="0 0 64 64"
        className="h-3/5 max-h-40 w-3/5"
        fill="none"
        stroke="currentColor"
        strokeWidth="2"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
        focusable="false"
      >
        <path d={drawingOf(category, title)} />
      </svg>
      {source && (
        // biome-ignore lint/performance/noImgElement: the API makes the sizes; nothing is left for Next
        <img
          src={`${source}&width=${width}&blank=true`}
          alt=""
          width={width}
          height={width}
          loading={eager || large ? "eager" : "lazy"}
          decoding="async"
          className="absolute inset-0 size-full object-contain"
        />
      )}
    </span>
  );
}
