"use client";

import Link from "next/link";
import { useRef, useState } from "react";
import type { Offer } from "../api/types.ts";
import { type Lang, pathOf } from "../routes.ts";
import { wordsOf } from "../words/index.ts";
import { EvidenceList, RatingParts } from "./evidence.tsx";

/** Opens what a verdict stands on; asked for when somebody wants to know. */
export function WhyButton({ id, title, lang }: { id: string; title: string; lang: Lang }) {
  const words = wordsOf(lang);
  const dialog = useRef<HTMLDialogElement>(null);
  const [open, setOpen] = useState(false);
  const [offer, setOffer] = useState<Offer | "failed" | null>(null);

  const ask = async () => {
    setOpen(true);
    dialog.current?.showModal();
    if (offer && offer !== "failed") return;
    try {
      const response = await fetch(`/api/v1/offers/${id}`);
      setOffer(response.ok ? ((await response.json()) as Offer) : "failed");
    } catch {
      setOffer("failed");
    }
  };

  return (
    <>
      <button
        type="button"
        className="link min-h-8 px-1 text-sm font-medium"
        aria-haspopup="dialog"
        onClick={ask}
      >
        <span aria-hidden="true">{words.card.why}</span>
        <span className="sr-only">{words.card.whyOf(title)}</span>
      </button>
      <dialog
        ref={dialog}
        aria-label={words.why.title}
        className="m-auto max-h-[85dvh] w-[min(34rem,94vw)] overflow-y-auto rounded-2xl border border-edge bg-card p-5 text-ink"
        onClose={() => setOpen(false)}
      >
        {open && (
          <>
            <div className="flex items-start justify-between gap-4">
              <div>
                <h2 className="text-lg font-bold">{words.why.title}</h2>
                <p className="text-sm text-soft">{title}</p>
              </div>
              <form method="dialog">
                <button type="submit" className="button">
                  {words.why.close}
                </button>
              </form>
            </div>
            <div aria-live="polite" className="mt-3">
              {offer === null ? (
                <p>{words.search.loading}</p>
              ) : offer === "failed" ? (
                <p>{words.why.failed}</p>
              ) : (
                <>
                  {offer.verdict && <p className="font-medium">{offer.verdict.text[lang]}</p>}
                  <EvidenceList offer={offer} lang={lang} />
                  {offer.rating && <RatingParts rating={offer.rating} lang={lang} />}
                  <p className="mt-4">
                    <Link href={pathOf(lang, "ranking")} className="link">
                      {words.why.ranking}
                    </Link>
                  </p>
                </>
              )}
            </div>
          </>
        )}
      </dialog>
    </>
  );
}
