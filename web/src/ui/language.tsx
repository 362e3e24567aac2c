"use client";

import { usePathname, useSearchParams } from "next/navigation";
import { useEffect, useState } from "react";
import { inOther, type Lang } from "../routes.ts";

interface Props {
  words: string;
  to: Lang;
  path: string;
}

/** The same page in the other language, filters and all.
 *
 * The first time the address is the server's; from then on that of the window, because inside a
 * page the path is that of the file tree.
 */
export function OtherLanguage({ words, to, path }: Props) {
  const [now, setNow] = useState(path);
  const moved = `${usePathname()}?${useSearchParams()}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: to move is the reason to look again
  useEffect(() => {
    setNow(inOther(window.location.pathname).path + window.location.search);
  }, [moved]);
  return <Anchor words={words} to={to} path={now} />;
}

// Not a client-side link: the language of the whole document changes with it.
function Anchor({ words, to, path }: Props) {
  return (
    <a href={path} lang={to} hrefLang={to} className="py-2 hover:underline">
      {words}
    </a>
  );
}
