import type { Metadata } from "next";
import { Privacy } from "../../../page/legal.tsx";
import { type Lang, pathOf } from "../../../routes.ts";
import { wordsOf } from "../../../words/index.ts";

interface Props {
  params: Promise<{ lang: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const lang = (await params).lang as Lang;
  const of = (other: Lang) => pathOf(other, "privacy");
  return {
    title: wordsOf(lang).foot.privacy,
    alternates: { canonical: of(lang), languages: { de: of("de"), en: of("en") } },
  };
}

export default async function Page({ params }: Props) {
  return <Privacy lang={(await params).lang as Lang} />;
}
