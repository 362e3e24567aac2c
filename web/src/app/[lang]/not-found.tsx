import Link from "next/link";
import { languageAsked } from "../../page/ask-language.ts";
import { pathOf } from "../../routes.ts";
import { wordsOf } from "../../words/index.ts";

export default async function NotFound() {
  const lang = await languageAsked();
  const words = wordsOf(lang).errors;
  return (
    <>
      <h1 className="text-2xl font-bold">{words.missing}</h1>
      <p className="mt-3">{words.missingHelp}</p>
      <p className="mt-5">
        <Link href={pathOf(lang)} className="button button-main">
          {words.home}
        </Link>
      </p>
    </>
  );
}
