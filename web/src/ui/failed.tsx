import { askFor } from "../api/ask.ts";
import type { MerchantPage } from "../api/types.ts";
import type { Lang } from "../routes.ts";
import { wordsOf } from "../words/index.ts";

/** What could not be had, with a way to ask again that works without scripts. Where nothing was read
 * yet there is nothing to be had, and that is said instead. */
export async function Failed({ lang, again }: { lang: Lang; again: string }) {
  const words = wordsOf(lang).search;
  const merchants = await askFor<MerchantPage>("/merchants?limit=1");
  if (merchants.ok && merchants.data.items.length === 0) return <Empty lang={lang} />;
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

/** A new installation: what its operator does first. */
function Empty({ lang }: { lang: Lang }) {
  const words = wordsOf(lang).empty;
  return (
    <div className="rounded-2xl border border-line bg-card p-6" data-empty>
      <meta name="robots" content="noindex" />
      <h1 className="text-xl font-bold">{words.title}</h1>
      <p className="mt-2">{words.help}</p>
      <pre className="mt-3 overflow-x-auto rounded-xl bg-sunk p-4 text-sm">
        <code>sparfuchs ingest FEED --merchant NAME</code>
      </pre>
    </div>
  );
}
