import type { Metadata } from "next";
import { Imprint } from "../../../page/legal.tsx";
import { type Lang, pathOf } from "../../../routes.ts";
import { wordsOf } from "../../../words/index.ts";

interface Props {
  params: Promise<{ lang: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const lang = (await params).lang as Lang;
  const of = (other: Lang) => pathOf(other, "imprint");
  return {
    title: wordsOf(lang).foot.imprint,
    alternates: { canonical: of(lang), languages: { de: of("de"), en: of("en") } },
  };
}

export default async function Page({ params }: Props) {
  return <Imprint lang={(await params).lang as Lang} />;
}
