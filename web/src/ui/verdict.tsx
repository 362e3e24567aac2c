import type { Lang } from "../routes.ts";
import { wordsOf } from "../words/index.ts";

const LOOKS: Record<string, { colours: string; sign: string }> = {
  genuine: { colours: "bg-real-wash text-real", sign: "M3 8.500 6.500 12 13 4.500" },
  plausible: {
    colours: "bg-likely-wash text-likely",
    sign: "M2.500 9c2-4 4 3 5.500 0s3-3 5.500-1",
  },
  small: { colours: "bg-little-wash text-little", sign: "M8 3v9M4.500 9 8 12.500 11.500 9" },
};
const NO_REDUCTION = "M4 4l8 8M12 4l-8 8";
// That a price is what it always was is no fault: red is only where a merchant's claim does not hold.
const REFUTED = new Set(["claim_inflated", "claim_overstated"]);
const UNSURE = {
  colours: "bg-unsure-wash text-unsure",
  sign: "M5.500 6a2.500 2.500 0 1 1 3.500 2.300c-.8.4-1 .8-1 1.700M8 13h.01",
};

/** The verdict as a chip: a word and a sign, never the colour alone. `claim` is our verdict on what
 * the merchant claims. */
export function VerdictChip({
  verdict,
  claim = null,
  lang,
}: {
  verdict: string | null;
  claim?: string | null | undefined;
  lang: Lang;
}) {
  const words = wordsOf(lang).verdicts;
  const name = (verdict ?? "insufficient") as keyof typeof words;
  const refuted = name === "no_reduction" && REFUTED.has(claim ?? "");
  const looks =
    name === "no_reduction"
      ? { colours: refuted ? "bg-none-wash text-none" : UNSURE.colours, sign: NO_REDUCTION }
      : (LOOKS[name] ?? UNSURE);
  return (
    <span
      className={`inline-flex shrink-0 items-center gap-1.5 rounded-full px-2.5 py-1 text-sm font-semibold ${looks.colours}`}
      data-verdict={name}
      data-refuted={refuted || undefined}
    >
      <svg
        viewBox="0 0 16 16"
        className="size-3.5"
        fill="none"
        stroke="currentColor"
        strokeWidth="2"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
        focusable="false"
      >
        <path d={looks.sign} />
      </svg>
      {words[name] ?? words.insufficient}
    </span>
  );
}
