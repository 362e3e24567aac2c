import type { Metadata, Viewport } from "next";
import Link from "next/link";
import type { ReactNode } from "react";
import { originAsked, pathAsked, themeAsked } from "../../page/ask-language.ts";
import { inOther, type Lang, pathOf } from "../../routes.ts";
import { SavedLink } from "../../saved/saved-link.tsx";
import { SearchBox } from "../../search/box.tsx";
import { OtherLanguage } from "../../ui/language.tsx";
import { Logo } from "../../ui/logo.tsx";
import { Offline } from "../../ui/offline.tsx";
import { ThemeChoice } from "../../ui/theme.tsx";
import { wordsOf } from "../../words/index.ts";
import "../site.css";

interface Props {
  children: ReactNode;
  params: Promise<{ lang: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const words = wordsOf((await params).lang as Lang);
  return {
    metadataBase: new URL(await originAsked()),
    title: { default: `${words.name}: ${words.claim}`, template: `%s · ${words.name}` },
    description: words.start.lead,
    openGraph: { siteName: words.name, type: "website" },
  };
}

export const viewport: Viewport = {
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#faf8f3" },
    { media: "(prefers-color-scheme: dark)", color: "#141815" },
  ],
};

export default async function Layout({ children, params }: Props) {
  const lang = (await params).lang as Lang;
  const words = wordsOf(lang);
  const theme = await themeAsked();
  const other = inOther(await pathAsked());
  return (
    <html lang={lang} data-theme={theme === "auto" ? undefined : theme}>
      <head>
        <link
          rel="search"
          type="application/opensearchdescription+xml"
          title={words.name}
          href="/opensearch.xml"
        />
      </head>
      <body className="flex min-h-dvh flex-col">
        <a
          href="#content"
          className="button absolute left-2 top-2 z-50 -translate-y-24 focus:translate-y-0"
        >
          {words.skip}
        </a>
        <header className="border-b border-line bg-card">
          <div className="mx-auto flex w-full max-w-7xl flex-wrap items-center gap-x-3 gap-y-2 px-4 py-3 md:gap-x-6">
            <Link
              href={pathOf(lang)}
              className="flex items-center gap-2 text-xl font-bold tracking-tight"
            >
              <Logo />
              {words.name}
            </Link>
            <div className="order-last w-full md:order-none md:w-auto md:flex-1">
              <SearchBox lang={lang} />
            </div>
            <nav
              aria-label={words.menu}
              className="ml-auto flex items-center gap-4 text-sm font-medium"
            >
              <Link href={pathOf(lang, "search")} className="py-2 hover:underline max-sm:hidden">
                {words.nav.deals}
              </Link>
              <Link href={pathOf(lang, "judging")} className="py-2 hover:underline max-sm:hidden">
                {words.nav.judging}
              </Link>
              <SavedLink lang={lang} />
              <OtherLanguage words={words.other} to={other.lang} path={other.path} />
            </nav>
          </div>
        </header>
        <main
          id="content"
          tabIndex={-1}
          className="mx-auto w-full max-w-7xl flex-1 px-4 py-6 outline-none"
        >
          {children}
        </main>
        <footer className="mt-8 border-t border-line bg-card">
          <div className="mx-auto flex w-full max-w-7xl flex-wrap items-center gap-x-6 gap-y-3 px-4 py-6 text-sm">
            <p className="w-full max-w-3xl text-soft">{words.foot.links}</p>
            <Link href={pathOf(lang, "judging")} className="link py-1">
              {words.nav.judging}
            </Link>
            <Link href={pathOf(lang, "ranking")} className="link py-1">
              {words.nav.ranking}
            </Link>
            <Link href={pathOf(lang, "imprint")} className="link py-1">
              {words.foot.imprint}
            </Link>
            <Link href={pathOf(lang, "privacy")} className="link py-1">
              {words.foot.privacy}
            </Link>
            <div className="sm:ml-auto">
              <ThemeChoice lang={lang} chosen={theme} />
            </div>
          </div>
        </footer>
        <Offline />
      </body>
    </html>
  );
}
