import type { Metadata } from "next";
import { Judging } from "../../../page/judging.tsx";
import { type Lang, pathOf } from "../../../routes.ts";
import { wordsOf } from "../../../words/index.ts";

interface Props {
  params: Promise<{ lang: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const lang = (await params).lang as Lang;
  const of = (other: Lang) => pathOf(other, "judging");
  return {
    title: wordsOf(lang).nav.judging,
    alternates: { canonical: of(lang), languages: { de: of("de"), en: of("en") } },
  };
}

export default async function Page({ params }: Props) {
  return <Judging lang={(await params).lang as Lang} />;
}
