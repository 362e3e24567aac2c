/** What shoppers do, from the first letter to the link out. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessible, BASE, DESKTOP, fits, PHONE, start, stop, visit } from "./browser.ts";

before(start);
after(stop);

const count = (text: string | null) => Number((text ?? "").replace(/\D/g, ""));

test("type, pick a suggestion, filter, load more, open a deal, read its chart, come back to the same place", () =>
  visit(DESKTOP, async ({ page }) => {
    await page.goto(BASE);
    const box = page.getByRole("combobox", { name: "Produkt" });
    await box.pressSequentially("kopfhör", { delay: 20 });
    const list = page.getByRole("listbox");
    await list.waitFor();
    assert.equal(await box.getAttribute("aria-expanded"), "true");
    const groups = await list
      .getByRole("group")
      .evaluateAll((all) => all.map((one) => one.ariaLabel));
    assert.deepEqual(groups, ["Suche", "Kategorien", "Angebote"]);
    await accessible(page);
    await list.getByRole("option").filter({ hasText: "Kopfhörer" }).first().click();
    await page.waitForURL(/\/suche\?/);
    const status = page.locator("h1 + [role=status]");
    const all = count(await status.textContent());

    // Filters: each is in the address and on a chip, and makes the hits fewer.
    await page.getByRole("checkbox", { name: /Echter Rabatt/ }).check();
    await page.waitForURL(/verdict=genuine/);
    await page.getByRole("textbox", { name: "von" }).fill("30,50");
    await page.getByRole("textbox", { name: "von" }).press("Enter");
    await page.waitForURL(/price_min=30.50/);
    await page.locator("[data-chip=price]").waitFor();
    const filtered = count(await status.textContent());
    assert.ok(filtered < all && filtered > 48, `${filtered} of ${all}`);
    for (const chip of await page.locator("[data-verdict]").all()) {
      assert.equal(await chip.getAttribute("data-verdict"), "genuine");
    }

    // Two more pages; each offer once, and the page is in the address.
    for (const expected of [48, 72]) {
      await page.getByRole("link", { name: "Mehr laden" }).click();
      await page.getByText(`${expected} von`).waitFor();
    }
    assert.match(page.url(), /page=3/);
    const positions = page.locator("article[aria-posinset]");
    const ids = await page
      .locator("[data-deal]")
      .evaluateAll((links) => links.map((a) => a.dataset.deal));
    assert.equal(new Set(ids).size, ids.length);

    // Far pages leave the document and keep their height.
    await page.locator('article[aria-posinset="70"]').scrollIntoViewIfNeeded();
    await page.locator("[data-away]").first().waitFor({ state: "attached" });
    assert.ok((await positions.count()) < 72);

    // A deal, and back to where we were.
    const card = page.locator('article[aria-posinset="65"]');
    await card.scrollIntoViewIfNeeded();
    const title = (await card.getByRole("heading").textContent()) ?? "";
    const place = await page.evaluate(() => window.scrollY);
    await card.getByRole("heading").getByRole("link").click();
    await page.waitForURL(/\/angebot\//);
    assert.equal(await page.getByRole("heading", { level: 1 }).textContent(), title);
    const slider = page.getByRole("slider", { name: "Tag im Verlauf" });
    const last = await slider.getAttribute("aria-valuetext");
    await slider.focus();
    for (let step = 0; step < 60; step++) await page.keyboard.press("ArrowLeft");
    assert.notEqual(await slider.getAttribute("aria-valuetext"), last);
    assert.equal(
      await page.locator("[data-told]").textContent(),
      await slider.getAttribute("aria-valuetext"),
    );
    await page.getByText("1 Jahr").click();
    await page.getByText("Als Tabelle").click();
    assert.ok((await page.getByRole("row").count()) > 2);
    await accessible(page);

    await page.goBack();
    await page.waitForURL(/page=3/);
    await page.locator('article[aria-posinset="65"]').waitFor();
    assert.equal(await page.locator('article[aria-posinset="65"] h3').textContent(), title);
    await page.waitForFunction((y) => Math.abs(window.scrollY - y) < 60, place);

    assert.equal(await box.inputValue(), new URL(page.url()).searchParams.get("q"));

    // The same address in a fresh visit has the same hits.
    await page.reload();
    await page.getByText("72 von").waitFor();
  }));

test("why a verdict is what it is, and a labelled way out to the merchant", () =>
  visit(DESKTOP, async ({ page }) => {
    await page.goto(`${BASE}/suche?q=kaffee`);
    const card = page.locator("article").first();
    await card.getByRole("button", { name: /Warum/ }).click();
    const dialog = page.getByRole("dialog", { name: "Warum dieses Urteil?" });
    await dialog.getByText("Bewertung des Angebots").waitFor();
    // The parts add up to the rating, and nothing was paid.
    const points = await dialog
      .locator("dd")
      .evaluateAll((all) =>
        all.map((one) => /^\+ \d+/.exec(one.textContent ?? "")?.[0] ?? "").filter(Boolean),
      );
    const score = count(
      (await dialog.getByText(/von 100 Punkten/).textContent())?.split(" von ")[0] ?? "",
    );
    assert.equal(
      points.reduce((sum, text) => sum + count(text), 0),
      score,
    );
    await accessible(page);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });

    const out = card.getByRole("link", { name: /Zum Händler.*Anzeige/ });
    assert.match((await out.getAttribute("rel")) ?? "", /nofollow.*sponsored.*noopener/);
    const [shop] = await Promise.all([page.waitForEvent("popup"), out.click()]);
    await shop.waitForLoadState();
    assert.notEqual(new URL(shop.url()).origin, new URL(BASE).origin);
    assert.ok(await shop.title());
  }));

test("the whole way by keyboard alone", () =>
  visit(DESKTOP, async ({ page }) => {
    await page.goto(BASE);
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate("document.activeElement.textContent"), "Zum Inhalt");
    const box = page.getByRole("combobox", { name: "Produkt" });
    await box.focus();
    await page.keyboard.type("rucksack");
    await page.getByRole("option").first().waitFor();
    await page.keyboard.press("ArrowDown");
    assert.ok(await box.getAttribute("aria-activedescendant"));
    // Escape closes the list and keeps the words.
    await page.keyboard.press("Escape");
    assert.equal(await box.getAttribute("aria-expanded"), "false");
    assert.equal(await box.inputValue(), "rucksack");
    await page.keyboard.press("Enter");
    await page.waitForURL(/q=rucksack/);
    await page.getByRole("radio", { name: "Nur Deals" }).focus();
    await page.keyboard.press("ArrowDown");
    await page.waitForURL(/show=all/);
    await page.getByRole("combobox", { name: "Sortieren" }).selectOption("price");
    await page.waitForURL(/sort=price/);
    const more = page.getByRole("link", { name: "Mehr laden" });
    await more.focus();
    await page.keyboard.press("Enter");
    await page.getByText("48 von").waitFor();
    // The focus is on the first of the new ones.
    await page.waitForFunction(() => document.activeElement?.closest('[aria-posinset="25"]'));
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/angebot\//);
  }));

test("on a phone the filters are a sheet that says how many there are", () =>
  visit(PHONE, async ({ page }) => {
    await page.goto(`${BASE}/suche?q=jacke`);
    await fits(page);
    await page.getByRole("button", { name: "Filter", exact: true }).tap();
    const sheet = page.getByRole("dialog", { name: "Filter" });
    await sheet.waitFor();
    const before = count(await sheet.getByRole("button", { name: /anzeigen/ }).textContent());
    await sheet.getByRole("checkbox", { name: /Kaum günstiger/ }).tap();
    await page.waitForURL(/verdict=small/);
    await page.waitForFunction((most) => {
      const buttons = [...document.querySelectorAll("dialog.sheet button")];
      const shows = buttons.find((one) => one.textContent?.includes("anzeigen"))?.textContent;
      return Number(shows?.replace(/\D/g, "")) < most;
    }, before);
    await accessible(page);
    await sheet.getByRole("button", { name: /anzeigen/ }).tap();
    await sheet.waitFor({ state: "hidden" });
    await page.locator("[data-chip=verdict]").tap();
    await page.waitForURL((url) => !url.search.includes("verdict"));
  }));

test("no hits: the filter that leaves nothing is named, with what there is without it", () =>
  visit(DESKTOP, async ({ page }) => {
    await page.goto(`${BASE}/suche?q=kopfh%C3%B6rer&price_max=3`);
    await page.getByRole("heading", { name: "Dazu haben wir nichts." }).waitFor();
    await accessible(page);
    await page.locator("[data-way=price]").click();
    await page.locator("article").first().waitFor();
    await page.goto(`${BASE}/suche?q=xyzzyqwertz`);
    await page.getByText("Prüfe die Schreibweise").waitFor();
  }));

test("what was read into the words is told, and can be refused", () =>
  visit(DESKTOP, async ({ page }) => {
    await page.goto(`${BASE}/suche?q=kofph%C3%B6rer+unter+200+euro&show=all`);
    const read = page.locator("[data-read]");
    await read.getByText("statt „kofphörer“").waitFor();
    await read.getByText("Verstanden: bis 200,00").waitFor();
    await page.locator("article").first().waitFor();
    await accessible(page);
    await read.getByRole("link", { name: "Genau so suchen" }).click();
    await page.waitForURL(/exact=1/);
    await page.getByRole("heading", { name: "Dazu haben wir nichts." }).waitFor();
  }));

test("in English the same page says the same in English, and prices as English does", () =>
  visit(DESKTOP, async ({ page }) => {
    await page.goto(`${BASE}/suche?q=jacke&sort=price`);
    await page.getByRole("link", { name: "English" }).click();
    await page.waitForURL(/\/en\/search\?q=jacke&sort=price/);
    assert.equal(await page.locator("html").getAttribute("lang"), "en");
    assert.match((await page.locator("article").first().textContent()) ?? "", /€\d/);
    await accessible(page);
    await page.locator("article h3 a").first().click();
    await page.waitForURL(/\/en\/deal\//);
    await page.getByRole("heading", { name: "Price history" }).waitFor();
  }));

test("every page is accessible, fits a small window, and stays so in the dark", () =>
  visit(
    { ...DESKTOP, viewport: { width: 320, height: 640 }, colorScheme: "dark" },
    async ({ page }) => {
      await page.goto(`${BASE}/suche`);
      const deal = (await page.locator("[data-deal]").first().getAttribute("href")) ?? "";
      const merchant = await page.request.get(`${BASE}/api/v1/merchants?limit=1`);
      const { items } = (await merchant.json()) as { items: { slug: string }[] };
      for (const path of [
        "/",
        "/suche",
        deal,
        `/haendler/${items[0]?.slug}`,
        "/so-urteilen-wir",
        "/so-ordnen-wir",
        "/impressum",
        "/datenschutz",
        "/gemerkt",
      ]) {
        const answer = await page.goto(BASE + path);
        assert.equal(answer?.status(), 200, path);
        await fits(page);
        await accessible(page);
      }
    },
  ));
