/** What is kept and passed on: pictures, marks on the device, feeds, a page without a network. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessible, BASE, DESKTOP, fits, PHONE, start, stop, visit } from "./browser.ts";

before(start);
after(stop);

test("a card has the merchant's picture from our own address, and its last 90 days", () =>
  visit(DESKTOP, async ({ page }) => {
    const asked: string[] = [];
    page.on("request", (request) => {
      if (request.resourceType() === "image") asked.push(request.url());
    });
    await page.goto(`${BASE}/suche?q=jacke`);
    const image = page.locator("article img").first();
    await image.waitFor();
    // The first visitor may wait for the shop; then it is there, drawn by us in our size.
    await page.waitForFunction(
      () => {
        const first = document.querySelector<HTMLImageElement>("article img");
        return first?.complete && first.naturalWidth === 320;
      },
      undefined,
      { timeout: 20_000 },
    );
    assert.ok(asked.length > 0);
    assert.deepEqual(
      asked.filter((url) => !url.startsWith(`${BASE}/`)),
      [],
    );
    const line = page.locator("article [data-spark] svg").first();
    assert.match((await line.getAttribute("aria-label")) ?? "", /Preis der letzten 90 Tage: .*€/);
    assert.match((await line.locator("path").getAttribute("d")) ?? "", /^M[\d.]+ [\d.]+[HV]/);
  }));

test("red is only a claim that does not hold", () =>
  visit(DESKTOP, async ({ page }) => {
    const seen = { red: 0, grey: 0 };
    for (const query of ["verdict=no_reduction", "verdict=no_reduction&sort=price"]) {
      const path = `/api/v1/search?deals_only=false&limit=24&${query}`;
      const answer = await page.request.get(BASE + path);
      const { items } = (await answer.json()) as {
        items: { id: string; claim_verdict: string }[];
      };
      await page.goto(`${BASE}/suche?show=all&${query}`);
      for (const item of items) {
        const card = page.locator("article", { has: page.locator(`[data-deal="${item.id}"]`) });
        if ((await card.count()) === 0) continue; // a price moved meanwhile
        const red = (await card.locator("[data-verdict]").getAttribute("data-refuted")) !== null;
        assert.equal(red, /inflated|overstated/.test(item.claim_verdict), item.claim_verdict);
        seen[red ? "red" : "grey"]++;
      }
    }
    assert.ok(seen.grey > 0, JSON.stringify(seen));
  }));

test("marked on this device, found on its page, taken off again", () =>
  visit(PHONE, async ({ page }) => {
    await page.goto(`${BASE}/gemerkt`);
    await page.getByText("Noch ist nichts gemerkt.").waitFor();
    await accessible(page);
    await page.goto(`${BASE}/suche?q=kaffee`);
    const titles: string[] = [];
    for (const at of [0, 1]) {
      const card = page.locator("article").nth(at);
      const button = card.getByRole("button", { name: /^Merken/ });
      await button.tap();
      assert.equal(await button.getAttribute("aria-pressed"), "true");
      titles.unshift((await card.getByRole("heading").textContent()) ?? "");
    }
    await page.getByRole("link", { name: "Gemerkt (2)" }).tap();
    await page.waitForURL(/\/gemerkt$/);
    const cards = page.locator("main li h3");
    await cards.nth(1).waitFor();
    assert.deepEqual(await cards.allTextContents(), titles);
    await fits(page);
    await accessible(page);
    // It is the device's: a fresh page knows it still.
    await page.reload();
    await cards.nth(1).waitFor();
    await page
      .getByRole("button", { name: /^Merken/ })
      .first()
      .tap();
    await cards.nth(1).waitFor({ state: "detached" });
    assert.deepEqual(await cards.allTextContents(), titles.slice(1));
  }));

test("a card's menu leaves its merchant out, by keyboard as well", () =>
  visit(DESKTOP, async ({ page }) => {
    await page.goto(`${BASE}/suche?q=jacke`);
    const card = page.locator("article").first();
    const shop = (await card.locator("p").first().textContent()) ?? "";
    const menu = card.locator("[data-menu]");
    await menu.focus();
    await page.keyboard.press("Enter");
    const hide = card.getByRole("link", { name: `${shop} ausblenden` });
    await hide.waitFor();
    await accessible(page);
    await page.keyboard.press("Escape");
    await hide.waitFor({ state: "hidden" });
    await menu.press("Enter");
    await hide.click();
    await page.waitForURL(/not_merchant=/);
    await page.locator("[data-chip=not_merchant]").waitFor();
    for (const name of await page.locator("article p:first-child").allTextContents()) {
      assert.notEqual(name, shop);
    }
  }));

test("price and saving by slider, with the keyboard, and the focus stays", () =>
  visit(DESKTOP, async ({ page }) => {
    await page.goto(`${BASE}/suche?q=jacke`);
    const slider = page.getByRole("slider", { name: "Preis bis" });
    await slider.focus();
    for (let step = 0; step < 8; step++) await page.keyboard.press("ArrowLeft");
    await page.waitForURL(/price_max=/);
    const most = new URL(page.url()).searchParams.get("price_max") ?? "";
    assert.equal(await page.getByRole("textbox", { name: "bis" }).inputValue(), most);
    await page.locator("[data-chip=price]").waitFor();
    assert.equal(await slider.evaluate((one) => one === document.activeElement), true);
    const saving = page.getByRole("slider", { name: "Mindestersparnis" });
    await saving.focus();
    for (let step = 0; step < 2; step++) await page.keyboard.press("ArrowRight");
    await page.waitForURL(/discount_min=10/);
    await page.locator("[data-chip=discount_min]").click();
    await page.waitForURL((url) => !url.search.includes("discount_min"));
    await page.waitForFunction(
      () => document.querySelector<HTMLInputElement>("input[name=discount_min]")?.value === "",
    );
    await page.getByRole("checkbox", { name: /Bestpreis/ }).check();
    await page.waitForURL(/tag=best_price/);
    await page.locator("[data-chip=tag]").waitFor();
  }));

test("a search is a feed that its page names, and that holds its deals", () =>
  visit(DESKTOP, async ({ page }) => {
    await page.goto(`${BASE}/suche?q=kaffee&verdict=genuine`);
    const named = page.locator('link[rel=alternate][type="application/rss+xml"]');
    const address = (await named.getAttribute("href")) ?? "";
    const answer = await page.request.get(new URL(address, BASE).href);
    assert.equal(answer.status(), 200);
    assert.match(answer.headers()["content-type"] ?? "", /application\/rss\+xml/);
    const items = await page.evaluate(
      (text) => {
        const read = new DOMParser().parseFromString(text, "application/xml");
        if (read.querySelector("parsererror")) throw new Error("no XML");
        return [...read.querySelectorAll("item")].map((one) => ({
          link: one.querySelector("link")?.textContent ?? "",
          title: one.querySelector("title")?.textContent ?? "",
        }));
      },
      await answer.text(),
    );
    assert.ok(items.length > 5);
    for (const item of items) assert.match(item.title, /€$/);
    assert.equal((await page.request.get(items[0]?.link ?? "")).status(), 200);
  }));

test("a deal has a picture for links elsewhere, and the site is an app", () =>
  visit(DESKTOP, async ({ page }) => {
    await page.goto(`${BASE}/suche?q=kaffee`);
    const path = (await page.locator("[data-deal]").first().getAttribute("href")) ?? "";
    await page.goto(BASE + path);
    const picture = await page.locator('meta[property="og:image"]').getAttribute("content");
    const drawn = await page.request.get(picture ?? "");
    assert.equal(drawn.headers()["content-type"], "image/png");
    const bytes = await drawn.body();
    assert.deepEqual([bytes.readUInt32BE(16), bytes.readUInt32BE(20)], [1200, 630]);
    assert.equal((await page.request.get(`${BASE}/preview/de/0000000000000.png`)).status(), 404);
    const manifest = await page.locator("link[rel=manifest]").getAttribute("href");
    const app = (await (await page.request.get(BASE + manifest)).json()) as {
      icons: { src: string; type: string }[];
    };
    for (const icon of app.icons) {
      const answer = await page.request.get(BASE + icon.src);
      assert.equal(answer.headers()["content-type"], icon.type);
    }
  }));

test("without a network there is a page that says so, and no old price", () =>
  visit(
    DESKTOP,
    async ({ page }) => {
      await page.goto(`${BASE}/suche?q=kaffee`);
      await page.evaluate("navigator.serviceWorker.ready");
      await page.context().setOffline(true);
      await page.goto(`${BASE}/suche?q=tee`);
      await page.getByRole("heading", { name: "Gerade ist kein Netz da." }).waitFor();
      await accessible(page);
      await page.context().setOffline(false);
      await page.getByRole("link", { name: "Zur Startseite" }).click();
      await page.getByRole("heading", { name: "Ist der Rabatt echt?" }).waitFor();
    },
    { quiet: false },
  ));
