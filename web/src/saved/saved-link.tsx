"use client";

import Link from "next/link";
import { type Lang, pathOf } from "../routes.ts";
import { wordsOf } from "../words/index.ts";
import { useSaved } from "./use-saved.ts";

/** The way to the list, with how many are on it. */
export function SavedLink({ lang }: { lang: Lang }) {
  const count = useSaved().length;
  return (
    <Link href={pathOf(lang, "saved")} prefetch={false} className="py-2 hover:underline">
      {wordsOf(lang).saved.title}
      {count > 0 && <span className="tabular-nums"> ({count})</span>}
    </Link>
  );
}
