/** What shoppers do with a product of several merchants, and with a coupon. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessible, BASE, DESKTOP, fits, PHONE, start, stop, visit } from "./browser.ts";

before(start);
after(stop);

interface Item {
  id: string;
  product: { id: string; offers: number } | null;
}

async function ask<T>(path: string): Promise<T> {
  const answer = await fetch(`${BASE}/api/v1${path}`);
  assert.equal(answer.status, 200, path);
  return (await answer.json()) as T;
}

const WORDS = ["smartphone", "kochtopf", "jacke"];
const PATIENCE = 60_000; // milliseconds; products of a first time are made beside everything else

/** An offer whose product has several, and variants. */
async function oneOfSeveral(): Promise<Item> {
  const end = Date.now() + PATIENCE;
  while (Date.now() < end) {
    for (const word of WORDS) {
      const { items } = await ask<{ items: Item[] }>(`/search?q=${word}&deals_only=false&limit=60`);
      const several = items.find((one) => (one.product?.offers ?? 0) >= 3);
      if (!several?.product) continue;
      const { siblings } = await ask<{ siblings: { differs: object }[] }>(
        `/products/${several.product.id}`,
      );
      if (siblings.some((one) => Object.keys(one.differs).length > 0)) return several;
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  throw new Error("no product of several offers and variants");
}

test("a product's offers: the cheapest first, sold out last, each with its page and its labelled way out", () =>
  visit({ ...DESKTOP, javaScriptEnabled: false }, async ({ page }) => {
    const item = await oneOfSeveral();
    await page.goto(`${BASE}/angebot/${item.id}`);
    const lines = page.locator("[data-offers] [data-offer]");
    const said = await lines.evaluateAll((all) =>
      all.map((one) => ({
        minor: Number(one.querySelector("[data-offer-price]")?.getAttribute("data-offer-price")),
        soldOut: one.textContent?.includes("ausverkauft") ?? false,
        verdict: one.querySelector("[data-verdict]")?.getAttribute("data-verdict"),
        checked: /vor \d+ \S+ geprüft/.test(one.textContent ?? ""),
        shipping: /Versand/.test(one.textContent ?? ""),
        rel: one.querySelector("a[target=_blank]")?.getAttribute("rel") ?? "",
        ad: one.querySelector("a[target=_blank]")?.textContent?.includes("Anzeige"),
      })),
    );
    assert.ok(said.length >= 3, `${said.length} offers`);
    for (const one of said) {
      assert.ok(one.verdict && one.checked && one.shipping && one.ad, JSON.stringify(one));
      assert.match(one.rel, /nofollow.*sponsored/);
    }
    const inOrder = said.toSorted(
      (one, two) => Number(one.soldOut) - Number(two.soldOut) || one.minor - two.minor,
    );
    assert.deepEqual(said, inOrder);

    // Why they are together, in the page's language, without a script.
    await page.getByText("Warum stehen diese Angebote zusammen?").click();
    const reasons = page.locator("[data-together] li li");
    assert.match((await reasons.allTextContents()).join("\n"), /gleiche|Wörtern gemeinsam/);
    assert.equal(await page.locator("[data-together] [lang=en]").count(), 0);

    // Another merchant's page of it, and a variant.
    const here = page.locator(`[data-offer="${item.id}"]`);
    assert.match((await here.textContent()) ?? "", /dieses Angebot/);
    const others = page.locator(`[data-offer]:not([data-offer="${item.id}"]) a[href^="/angebot/"]`);
    const title = await others.first().textContent();
    await others.first().click();
    await page.waitForURL((url) => !url.pathname.includes(item.id));
    assert.equal(await page.locator("h1").textContent(), title);
    assert.equal(await lines.count(), said.length);
    const variant = page.locator("[data-variants] a").first();
    assert.match(
      (await variant.textContent()) ?? "",
      /Speicher|Farbe|Größe|Packung|Inhalt|Gewicht/,
    );
    await variant.click();
    await page
      .locator("h1")
      .filter({ hasNotText: title ?? "" })
      .waitFor();
  }));

test("a card says how many offers there are and leads to them", () =>
  visit(PHONE, async ({ page }) => {
    await page.goto(`${BASE}/suche?q=smartphone&show=all`);
    const link = page.locator("article [data-offers-of]").first();
    const told = /^(\d+) Angebote ab .*€$/.exec((await link.textContent()) ?? "");
    assert.ok(told, (await link.textContent()) ?? "");
    await link.tap();
    await page.waitForURL(/\/angebot\/.*#offers$/);
    await page.locator("[data-offers]").waitFor();
    assert.equal(await page.locator("[data-offers] [data-offer]").count(), Number(told[1]));
    await fits(page);
    await accessible(page);
  }));

test("a coupon is copied, and that it was is said; its terms are there, and the price is without it", () =>
  visit({ ...DESKTOP, permissions: ["clipboard-read", "clipboard-write"] }, async ({ page }) => {
    const { items: promotions } = await ask<{
      items: { code: string | null; minimum_spend: unknown; merchant: { slug: string } }[];
    }>("/promotions?limit=100");
    const coupon = promotions.find((one) => one.code && one.minimum_spend);
    assert.ok(coupon?.code);
    const { items } = await ask<{ items: Item[] }>(
      `/search?merchant=${coupon.merchant.slug}&deals_only=false&limit=1`,
    );
    const offer = await ask<{ price: { minor: number } }>(`/offers/${items[0]?.id}`);
    await page.goto(`${BASE}/angebot/${items[0]?.id}`);
    const box = page.locator("[data-price-box]");
    const digits = (await box.textContent())?.replace(/\D/g, "") ?? "";
    assert.ok(digits.startsWith(String(offer.price.minor)), "no coupon is in the price");
    await box.getByRole("link", { name: /Gutschein/ }).click();
    const card = page.locator("[data-coupon]").filter({ hasText: coupon.code });
    const said = card.locator("[aria-live=polite]");
    assert.equal(await said.textContent(), "");
    await card.getByRole("button", { name: `Code kopieren: ${coupon.code}` }).press("Enter");
    await said.filter({ hasText: `Code ${coupon.code} ist kopiert.` }).waitFor();
    assert.equal(await page.evaluate("navigator.clipboard.readText()"), coupon.code);
    assert.match((await card.textContent()) ?? "", /ab .*€ Bestellwert/);
    assert.match((await card.textContent()) ?? "", /gültig bis \d+\. \S+ \d{4}/);
    await card.getByText("Bedingungen des Händlers").click();
    await card.getByText("im Onlineshop").waitFor();
    await accessible(page);
  }));
