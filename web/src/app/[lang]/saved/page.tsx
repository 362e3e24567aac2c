import type { Metadata } from "next";
import { type Lang, pathOf } from "../../../routes.ts";
import { SavedList } from "../../../saved/saved-list.tsx";
import { wordsOf } from "../../../words/index.ts";

interface Props {
  params: Promise<{ lang: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const lang = (await params).lang as Lang;
  return {
    title: wordsOf(lang).saved.title,
    alternates: {
      canonical: pathOf(lang, "saved"),
      languages: { de: pathOf("de", "saved"), en: pathOf("en", "saved") },
    },
    robots: { index: false, follow: true },
  };
}

export default async function SavedPage({ params }: Props) {
  const lang = (await params).lang as Lang;
  const words = wordsOf(lang).saved;
  return (
    <>
      <h1 className="text-3xl font-bold">{words.title}</h1>
      <p className="mt-2 mb-6 max-w-2xl text-soft">{words.help}</p>
      <noscript>
        <p className="mb-6">{words.scripts}</p>
      </noscript>
      <h2 className="sr-only">{words.list}</h2>
      <SavedList lang={lang} />
    </>
  );
}
