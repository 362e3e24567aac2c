"use client";

import type { Lang } from "../routes.ts";
import { wordsOf } from "../words/index.ts";
import { save, unsave, useSaved } from "./use-saved.ts";

/** Marks an offer on this device, or takes the mark away. */
export function SaveButton({
  id,
  title,
  lang,
  className = "",
  labelled = false,
}: {
  id: string;
  title: string;
  lang: Lang;
  className?: string;
  /** With its word beside the sign. */
  labelled?: boolean;
}) {
  const words = wordsOf(lang).saved;
  const kept = useSaved().some((one) => one.id === id);
  return (
    <button
      type="button"
      aria-pressed={kept}
      aria-label={words.saveOf(title)}
      className={className}
      onClick={() => (kept ? unsave(id) : save(id, title))}
      data-save
    >
      <svg
        viewBox="0 0 20 20"
        className={`size-5 ${kept ? "fill-fox stroke-fox" : "fill-transparent stroke-current"}`}
        strokeWidth="1.6"
        strokeLinejoin="round"
        aria-hidden="true"
        focusable="false"
      >
        <path d="M5 3h10v14l-5-4-5 4z" />
      </svg>
      {labelled && <span aria-hidden="true">{kept ? words.kept : words.save}</span>}
    </button>
  );
}
