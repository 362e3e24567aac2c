import type { Lang } from "../routes.ts";
import { wordsOf } from "../words/index.ts";

/** What could not be had, with a way to ask again that works without scripts. */
export function Failed({ lang, again }: { lang: Lang; again: string }) {
  const words = wordsOf(lang).search;
  return (
    <div className="rounded-2xl border border-line bg-card p-6" data-failed>
      <meta name="robots" content="noindex" />
      <h1 className="text-xl font-bold">{words.failed}</h1>
      <p className="mt-2">{words.failedHelp}</p>
      <p className="mt-4">
        <a href={again} className="button button-main">
          {words.retry}
        </a>
      </p>
    </div>
  );
}
