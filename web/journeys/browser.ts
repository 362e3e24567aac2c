/** A real browser on a real installation. `JOURNEY_BASE` is the address that `up` printed. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const given = process.env.JOURNEY_BASE;
assert.ok(given, "JOURNEY_BASE is not set: make journeys");
export const BASE = given;

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let browser: Browser | undefined;

export async function start(): Promise<void> {
  browser = await chromium.launch({
    executablePath: process.env.JOURNEY_BROWSER ?? "/usr/bin/chromium",
    // The sandbox wants an account of its own; the pages are ours.
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });
}

export async function stop(): Promise<void> {
  await browser?.close();
}

export interface Visit {
  page: Page;
  /** What the console complained of: a broken policy, a script that failed, markup that differs. */
  complaints: string[];
  /** Requests to anybody else. */
  strangers: string[];
}

export const DESKTOP = { viewport: { width: 1280, height: 900 }, locale: "de-DE" };
export const PHONE = {
  viewport: { width: 390, height: 844 },
  locale: "de-DE",
  hasTouch: true,
  isMobile: true,
};

/** One visit with a browser of its own. Afterwards the console is silent and nobody else was asked. */
export async function visit(
  options: BrowserContextOptions,
  walk: (visit: Visit) => Promise<void>,
  { quiet = true }: { quiet?: boolean } = {},
): Promise<void> {
  assert.ok(browser, "start first");
  const context = await browser.newContext(options);
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  const strangers: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (/^https?:$/.test(url.protocol) && url.hostname !== "127.0.0.1")
      strangers.push(request.url());
  });
  try {
    await walk({ page, complaints, strangers });
    assert.deepEqual(strangers, []);
    if (quiet) assert.deepEqual(complaints, []);
  } finally {
    await context.close();
  }
}

/** No finding of axe for WCAG 2.2 A and AA, nor of its best practices. */
export async function accessible(page: Page): Promise<void> {
  // The title of a page that was walked to arrives a moment after its first words.
  await page.waitForFunction(() => document.title !== ""); // a text would be eval in the page, which its policy forbids
  // By the protocol and not by the page, whose policy lets no strange script in.
  const found = await page.evaluate(`(async () => { ${axe};
    const { violations } = await axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] });
    return violations.map((one) => one.id + ": " + one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | "));
  })()`);
  assert.deepEqual(found, [], `axe on ${page.url()}`);
}

/** Nothing is wider than the window. */
export async function fits(page: Page): Promise<void> {
  const over = await page.evaluate(
    "document.documentElement.scrollWidth - document.documentElement.clientWidth",
  );
  assert.equal(over, 0, `${page.url()} is wider than its window`);
}
