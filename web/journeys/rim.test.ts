/** Where the site ends: without scripts, without an API, for machines, and what it lets in. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { after, before, test } from "node:test";
import { BASE, DESKTOP, start, stop, visit } from "./browser.ts";

before(start);
after(stop);

interface Found {
  items: { id: string; title: string; price: { minor: number } }[];
}

async function oneDeal(): Promise<Found["items"][0]> {
  const answer = await fetch(`${BASE}/api/v1/search?q=kaffee&deals_only=true&limit=1`);
  const [deal] = ((await answer.json()) as Found).items;
  assert.ok(deal);
  return deal;
}

test("without scripts a deal shows its title, price and verdict, and a search its hits and filters", () =>
  visit({ ...DESKTOP, javaScriptEnabled: false }, async ({ page }) => {
    const deal = await oneDeal();
    await page.goto(`${BASE}/angebot/${deal.id}`);
    assert.equal(await page.locator("h1").textContent(), deal.title);
    const box = page.locator("[data-price-box]");
    assert.equal(
      (await box.textContent())?.replace(/\D/g, "").startsWith(String(deal.price.minor)),
      true,
    );
    assert.ok((await page.locator("[data-verdict-sentence]").textContent())?.length);
    assert.ok(await page.locator("[data-line=known]").getAttribute("d"));
    await page.goto(`${BASE}/suche?q=kaffee`);
    await page.getByRole("checkbox", { name: /Echter Rabatt/ }).check();
    await page.getByRole("combobox", { name: "Sortieren" }).selectOption("price");
    await page.getByRole("button", { name: "Anwenden" }).click();
    await page.waitForURL(/verdict=genuine/);
    await page.getByRole("link", { name: "Mehr laden" }).click();
    await page.waitForURL(/sort=price&page=2/);
    assert.equal(await page.locator("article").count(), 48);
  }));

test("what a deal is for machines says what the page says", async () => {
  const deal = await oneDeal();
  const html = await (await fetch(`${BASE}/angebot/${deal.id}`)).text();
  const found = [...html.matchAll(/<script type="application\/ld\+json">(.*?)<\/script>/g)].map(
    (one) => JSON.parse(one[1] ?? ""),
  );
  const product = found.find((one) => one["@type"] === "Product");
  assert.equal(product.name, deal.title);
  assert.equal(Math.round(Number(product.offers.price) * 100), deal.price.minor);
  assert.equal(product.offers.priceCurrency, "EUR");
  const picture = await fetch(product.image);
  assert.equal(picture.headers.get("content-type"), "image/webp");
  const canonical = /<link rel="canonical" href="([^"]+)"/.exec(html)?.[1] ?? "";
  assert.ok(canonical.startsWith(`${BASE}/angebot/${deal.id}/`), canonical);
  assert.equal((await fetch(canonical)).status, 200);
  assert.match(html, /hrefLang="en"/i);
});

test("robots, sitemap and search description lead to pages that are there", async () => {
  const robots = await (await fetch(`${BASE}/robots.txt`)).text();
  const map = /Sitemap: (\S+)/.exec(robots)?.[1] ?? "";
  const listed = [...(await (await fetch(map)).text()).matchAll(/<loc>([^<]+)<\/loc>/g)].map(
    (one) => (one[1] ?? "").replaceAll("&amp;", "&"),
  );
  assert.ok(listed.length > 50);
  for (const kind of ["/suche?category", "/haendler/", "/angebot/", "/en/how-we-judge"]) {
    const one = listed.find((address) => address.includes(kind));
    assert.equal((await fetch(one ?? kind)).status, 200, kind);
  }
  const described = await (await fetch(`${BASE}/opensearch.xml`)).text();
  const template = /template="([^"]+)"/.exec(described)?.[1] ?? "";
  const answer = await fetch(template.replace("{searchTerms}", encodeURIComponent("tasse & co")));
  assert.match(await answer.text(), /tasse &amp; co/);
});

test("only our own scripts may run, and each page has a nonce of its own", async () => {
  const nonces = new Set<string>();
  for (const path of ["/", "/suche", "/nichts"]) {
    const answer = await fetch(BASE + path);
    const policy = answer.headers.get("content-security-policy") ?? "";
    assert.doesNotMatch(policy, /unsafe|https?:/);
    nonces.add(/'nonce-([^']+)'/.exec(policy)?.[1] ?? "");
    const html = await answer.text();
    assert.doesNotMatch(html, / style="| on[a-z]+="/);
    assert.doesNotMatch(html, /(?:src|href)="https?:\/\/(?!127\.0\.0\.1)/);
  }
  assert.equal(nonces.size, 3);
});

test("words of a search are text and never markup", () =>
  visit(DESKTOP, async ({ page }) => {
    await page.goto(
      `${BASE}/suche?q=${encodeURIComponent('"><img src=x onerror=alert(1)></script>')}`,
    );
    assert.match((await page.locator("h1").textContent()) ?? "", /<img src=x/);
    assert.equal(await page.locator("img[src=x], [onerror]").count(), 0);
  }));

test("what is not there is 404, in the language that was asked", async () => {
  for (const [path, words] of [
    ["/nichts", "Diese Seite gibt es nicht."],
    ["/angebot/0000000000000", "Diese Seite gibt es nicht."],
    ["/en/deal/nonsense", "There is no such page."],
    ["/haendler/niemand", "Diese Seite gibt es nicht."],
    ["/llms.txt", "Diese Seite gibt es nicht."],
    ["/favicon.ico", "Diese Seite gibt es nicht."],
  ] as const) {
    const answer = await fetch(BASE + path);
    assert.equal(answer.status, 404, path);
    assert.match(await answer.text(), new RegExp(words), path);
  }
});

test("the API comes through as it is: tags, refusals, and nothing that is only for this machine", async () => {
  const first = await fetch(`${BASE}/api/v1/merchants?limit=1`);
  const tag = first.headers.get("etag") ?? "";
  assert.ok(tag && first.headers.get("ratelimit"));
  const again = await fetch(`${BASE}/api/v1/merchants?limit=1`, {
    headers: { "if-none-match": tag },
  });
  assert.equal(again.status, 304);
  const refused = await fetch(`${BASE}/api/v1/search?limit=0`);
  assert.equal(refused.status, 422);
  assert.equal(refused.headers.get("content-type"), "application/problem+json");
  assert.equal((await fetch(`${BASE}/api/v1/sources`)).status, 401);
  assert.equal((await fetch(`${BASE}/metrics`)).status, 404);
  for (let times = 0; times < 20; times++) {
    const body = "x".repeat(100_000);
    const posted = await fetch(`${BASE}/api/v1/sources`, { method: "POST", body });
    assert.equal(posted.status, 413);
  }
  // A body that is not too large arrives: without a key it is refused for that.
  const small = await fetch(`${BASE}/api/v1/sources`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ merchant: "x", location: "https://shop.example/feed" }),
  });
  assert.equal(small.status, 401);
  // The API ends the connection of a body that it will not read; nobody else notices.
  for (let times = 0; times < 5; times++) {
    assert.equal((await fetch(`${BASE}/api/v1/version`)).status, 200);
  }
});

test("each visitor has a limit of their own, whatever they say of themselves", async () => {
  const left = async (headers: Record<string, string>): Promise<number> => {
    const answer = await fetch(`${BASE}/api/v1/version`, { headers });
    return Number(/r=(\d+)/.exec(answer.headers.get("ratelimit") ?? "")?.[1]);
  };
  // Whoever comes by way of a trusted proxy on this machine is counted apart.
  const mine = await left({});
  const theirs = await left({ "x-forwarded-for": "203.0.113.9" });
  assert.ok(theirs > mine, `${theirs} left beside ${mine}`);
});

test("while the API is away each page says so and offers to try again", async () => {
  const port = await freePort();
  const site = spawn(process.execPath, [".next/standalone/serve.mjs"], {
    env: {
      ...process.env,
      PORT: String(port),
      SPARFUCHS_API: `http://127.0.0.1:${await freePort()}`,
    },
    stdio: "ignore",
  });
  try {
    const alone = `http://127.0.0.1:${port}`;
    for (let tries = 0; tries < 100; tries++) {
      if (
        await fetch(`${alone}/health/web`).then(
          (a) => a.ok,
          () => false,
        )
      )
        break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    for (const path of ["/", "/suche?q=x", "/angebot/0000000000000", "/haendler/x"]) {
      const html = await (await fetch(alone + path)).text();
      assert.match(html, /Das hat nicht geklappt\./, path);
      assert.match(html, /Noch einmal versuchen/, path);
    }
    assert.equal((await fetch(`${alone}/so-urteilen-wir`)).status, 200);
    const answer = await fetch(`${alone}/api/v1/version`);
    assert.equal(answer.status, 502);
    assert.equal(((await answer.json()) as { title: string }).title, "Bad Gateway");
  } finally {
    site.kill();
  }
});

test("a page of hits that does not arrive can be asked for again", () =>
  visit(
    DESKTOP,
    async ({ page }) => {
      await page.goto(`${BASE}/suche?q=jacke`);
      await page.route("**/api/v1/search?*", (route) => route.abort());
      await page.getByRole("link", { name: "Mehr laden" }).click();
      await page.getByText("Die nächsten Angebote kamen nicht an.").waitFor();
      await page.unroute("**/api/v1/search?*");
      await page.getByRole("link", { name: "Noch einmal versuchen" }).click();
      await page.getByText("48 von").waitFor();
    },
    { quiet: false },
  ));

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  assert.ok(address && typeof address === "object");
  return address.port;
}
