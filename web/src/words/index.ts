import type { Lang } from "../routes.ts";
import { de, type Words } from "./de.ts";
import { en } from "./en.ts";

export type { Words };

const ALL: Record<Lang, Words> = { de, en };

export function wordsOf(lang: Lang): Words {
  return ALL[lang];
}
