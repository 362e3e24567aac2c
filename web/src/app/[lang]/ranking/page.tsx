import type { Metadata } from "next";
import { askFor } from "../../../api/ask.ts";
import type { SearchPage } from "../../../api/types.ts";
import { Ranking } from "../../../page/ranking.tsx";
import { type Lang, pathOf } from "../../../routes.ts";
import { askOf, NOTHING } from "../../../search/state.ts";
import { wordsOf } from "../../../words/index.ts";

interface Props {
  params: Promise<{ lang: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const lang = (await params).lang as Lang;
  const of = (other: Lang) => pathOf(other, "ranking");
  return {
    title: wordsOf(lang).nav.ranking,
    alternates: { canonical: of(lang), languages: { de: of("de"), en: of("en") } },
  };
}

export default async function Page({ params }: Props) {
  const lang = (await params).lang as Lang;
  // What popularity means is the API's to say.
  const found = await askFor<SearchPage>(askOf({ ...NOTHING, sort: "popular" }, { limit: 1 }));
  const means = found.ok ? found.data.popular_means : null;
  return <Ranking lang={lang} popular={means?.[lang] ?? null} />;
}
