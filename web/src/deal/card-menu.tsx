"use client";

import Link from "next/link";
import { useEffect, useRef, useState } from "react";
import type { Listing } from "../api/types.ts";
import type { Lang } from "../routes.ts";
import { useGoing } from "../search/going.tsx";
import { addressOf, changed } from "../search/state.ts";
import { wordsOf } from "../words/index.ts";

/** What else can be done with a card: leave its merchant out of the search, copy its address. */
export function CardMenu({ item, to, lang }: { item: Listing; to: string; lang: Lang }) {
  const words = wordsOf(lang).card;
  const { search } = useGoing();
  const details = useRef<HTMLDetailsElement>(null);
  const [open, setOpen] = useState(false);
  const [copied, setCopied] = useState<"no" | "yes" | "by-hand">("no");

  useEffect(() => {
    if (!open) return;
    const close = (event: PointerEvent | KeyboardEvent) => {
      const menu = details.current;
      if (!menu) return;
      if (event instanceof KeyboardEvent) {
        if (event.key !== "Escape") return;
        menu.querySelector("summary")?.focus();
      } else if (menu.contains(event.target as Node)) return;
      menu.open = false;
    };
    document.addEventListener("pointerdown", close);
    document.addEventListener("keydown", close);
    return () => {
      document.removeEventListener("pointerdown", close);
      document.removeEventListener("keydown", close);
    };
  }, [open]);

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(new URL(to, window.location.href).href);
      setCopied("yes");
    } catch {
      setCopied("by-hand"); // no clipboard outside of https, or not allowed
    }
  };
  const hidden = changed(search, {
    merchant: search.merchant.filter((slug) => slug !== item.merchant.slug),
    not_merchant: [...new Set([...search.not_merchant, item.merchant.slug])],
  });
  const line = "block w-full rounded-lg px-3 py-2 text-left text-sm hover:bg-sunk";
  return (
    <details
      ref={details}
      className="group"
      onToggle={(event) => {
        setOpen(event.currentTarget.open);
        setCopied("no");
      }}
    >
      <summary
        aria-label={words.menuOf(item.title)}
        className="grid size-9 list-none place-items-center rounded-full text-ink hover:bg-sunk [&::-webkit-details-marker]:hidden"
        data-menu
      >
        <svg
          viewBox="0 0 20 20"
          className="size-5 fill-current"
          aria-hidden="true"
          focusable="false"
        >
          <path d="M10 3.500a1.700 1.700 0 1 1 0 3.400 1.700 1.700 0 0 1 0-3.400zm0 4.800a1.700 1.700 0 1 1 0 3.400 1.700 1.700 0 0 1 0-3.400zm0 4.800a1.700 1.700 0 1 1 0 3.400 1.700 1.700 0 0 1 0-3.400z" />
        </svg>
      </summary>
      <div className="absolute right-0 z-20 mt-1 w-60 rounded-xl border border-edge bg-card p-1.5 shadow-lg">
        <button type="button" className={line} onClick={copy}>
          <span aria-live="polite">{copied === "yes" ? words.copied : words.copy}</span>
        </button>
        {copied === "by-hand" && (
          <input
            readOnly
            aria-label={words.copy}
            className="field text-sm"
            value={new URL(to, window.location.href).href}
            onFocus={(event) => event.currentTarget.select()}
          />
        )}
        <Link href={addressOf(hidden, lang)} prefetch={false} scroll={false} className={line}>
          {words.hideShop(item.merchant.name)}
        </Link>
      </div>
    </details>
  );
}
