"use client";

import { useRef, useState } from "react";
import type { Lang } from "../routes.ts";
import { wordsOf } from "../words/index.ts";

/** A code to be taken along. Without scripts it is selected as a whole by one touch; where the
 * clipboard is closed, the button selects it and says so. */
export function CouponCode({ code, lang }: { code: string; lang: Lang }) {
  const words = wordsOf(lang).coupons;
  const shown = useRef<HTMLElement>(null);
  const [said, setSaid] = useState("");

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(code);
      setSaid(words.copied(code));
    } catch {
      // no clipboard outside of https, or not allowed
      if (shown.current) window.getSelection()?.selectAllChildren(shown.current);
      setSaid(words.byHand);
    }
  };
  return (
    <div className="mt-2">
      <div className="flex flex-wrap items-center gap-2">
        <code
          ref={shown}
          className="rounded-lg border-2 border-dashed border-edge bg-sunk px-3 py-1.5 font-mono text-lg font-bold break-all select-all"
          data-code
        >
          {code}
        </code>
        <button type="button" className="button" aria-label={words.copyOf(code)} onClick={copy}>
          {words.copy}
        </button>
      </div>
      <p aria-live="polite" className="mt-1 min-h-6 text-sm font-medium text-real" data-copied>
        {said}
      </p>
    </div>
  );
}
