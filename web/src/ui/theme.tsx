"use client";

import { useState } from "react";
import type { Lang } from "../routes.ts";
import { wordsOf } from "../words/index.ts";

/** Light, dark, or as the device has it. The choice is a cookie of this site that says only that. */
export function ThemeChoice({ lang, chosen }: { lang: Lang; chosen: "auto" | "light" | "dark" }) {
  const words = wordsOf(lang).theme;
  const [theme, setTheme] = useState(chosen);
  return (
    <label className="flex items-center gap-2 text-sm">
      <span>{words.label}</span>
      <select
        className="field !w-auto"
        value={theme}
        onChange={(event) => {
          const next = event.target.value as typeof chosen;
          setTheme(next);
          if (next === "auto") delete document.documentElement.dataset.theme;
          else document.documentElement.dataset.theme = next;
          // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not everywhere yet
          document.cookie = `theme=${next}; path=/; max-age=31536000; samesite=lax`;
        }}
      >
        <option value="auto">{words.auto}</option>
        <option value="light">{words.light}</option>
        <option value="dark">{words.dark}</option>
      </select>
    </label>
  );
}
