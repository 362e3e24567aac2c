"use client";

import { useParams } from "next/navigation";
import { wordsOf } from "../../words/index.ts";

/** Something that we did not expect; what we expect has its own page. */
export default function Broken({ reset }: { error: Error; reset: () => void }) {
  const words = wordsOf(useParams().lang === "en" ? "en" : "de");
  return (
    <div className="rounded-2xl border border-line bg-card p-6">
      <h1 className="text-xl font-bold">{words.errors.broken}</h1>
      <p className="mt-4">
        <button type="button" className="button button-main" onClick={reset}>
          {words.search.retry}
        </button>
      </p>
    </div>
  );
}
