import "server-only";
import { cookies, headers } from "next/headers";
import type { Lang } from "../routes.ts";

/** The language where no parameter says it: pages that are not there. */
export async function languageAsked(): Promise<Lang> {
  return (await headers()).get("x-sparfuchs-language") === "en" ? "en" : "de";
}

/** The address of this page as the visitor sees it, without query. */
export async function pathAsked(): Promise<string> {
  return (await headers()).get("x-sparfuchs-path") ?? "/";
}

/** Where the site lives: what the operator says, else what the visitor's browser asked. */
export async function originAsked(): Promise<string> {
  const told = process.env.SPARFUCHS_SITE_ADDRESS;
  if (told) return told;
  const head = await headers();
  const scheme =
    head.get("x-forwarded-proto")?.split(",")[0]?.trim() === "https" ? "https" : "http";
  const host = head.get("host") ?? "";
  // What a stranger sends as Host ends up in links: only what can be one.
  return `${scheme}://${/^(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::\d+)?$/i.test(host) ? host : "localhost"}`;
}

export const THEMES = ["auto", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

/** The colours that the visitor chose; kept on the device, nowhere else. */
export async function themeAsked(): Promise<Theme> {
  const said = (await cookies()).get("theme")?.value;
  return THEMES.find((theme) => theme === said) ?? "auto";
}
