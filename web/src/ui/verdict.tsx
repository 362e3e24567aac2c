import type { Lang } from "../routes.ts";
import { wordsOf } from "../words/index.ts";

const LOOKS: Record<string, { colours: string; sign: string }> = {
  genuine: { colours: "bg-real-wash text-real", sign: "M3 8.500 6.500 12 13 4.500" },
  plausible: {
    colours: "bg-likely-wash text-likely",
    sign: "M2.500 9c2-4 4 3 5.500 0s3-3 5.500-1",
  },
  small: { colours: "bg-little-wash text-little", sign: "M8 3v9M4.500 9 8 12.500 11.500 9" },
  no_reduction: { colours: "bg-none-wash text-none", sign: "M4 4l8 8M12 4l-8 8" },
};
const UNSURE = {
  colours: "bg-unsure-wash text-unsure",
  sign: "M5.500 6a2.500 2.500 0 1 1 3.500 2.300c-.8.4-1 .8-1 1.700M8 13h.01",
};

/** The verdict as a chip: a word and a sign, never the colour alone. */
export function VerdictChip({ verdict, lang }: { verdict: string | null; lang: Lang }) {
  const words = wordsOf(lang).verdicts;
  const name = (verdict ?? "insufficient") as keyof typeof words;
  const looks = LOOKS[name] ?? UNSURE;
  return (
    <span
      className={`inline-flex shrink-0 items-center gap-1.5 rounded-full px-2.5 py-1 text-sm font-semibold ${looks.colours}`}
      data-verdict={name}
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
