import type { Lang } from "../routes.ts";
import { wordsOf } from "../words/index.ts";

/** The way out to the merchant, marked for what it is. Only http and https lead anywhere. */
export function ShopLink({
  url,
  lang,
  about,
  className = "",
}: {
  url: string | null;
  lang: Lang;
  about: string;
  className?: string;
}) {
  if (!url || !/^https?:\/\//i.test(url)) return null;
  const words = wordsOf(lang).card;
  return (
    <span className={`flex flex-col ${className}`}>
      <a
        href={url}
        target="_blank"
        rel="nofollow sponsored noopener noreferrer"
        className="button button-main"
      >
        {words.go}
        <svg
          viewBox="0 0 16 16"
          className="size-3.5"
          fill="none"
          stroke="currentColor"
          strokeWidth="2"
          aria-hidden="true"
          focusable="false"
        >
          <path d="M6 3h7v7M13 3 5 11" />
        </svg>
        <span className="rounded border border-on-fox px-1.5 text-xs font-semibold">
          {words.ad}
        </span>
        <span className="sr-only">
          {about} ({words.newTab})
        </span>
      </a>
    </span>
  );
}
