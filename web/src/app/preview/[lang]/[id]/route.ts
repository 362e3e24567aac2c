import { askFor } from "../../../../api/ask.ts";
import type { Offer } from "../../../../api/types.ts";
import { drawPreview } from "../../../../deal/preview.tsx";

// Drawn pictures by what is on them: drawing takes a tenth of a second of a processor.
const DRAWN = new Map<string, ArrayBuffer>();
const MOST_KEPT = 300;

/** The picture of a deal for links elsewhere, `/preview/de/ID.png`. */
export async function GET(
  _: Request,
  { params }: { params: Promise<{ lang: string; id: string }> },
): Promise<Response> {
  const { lang: asked, id: file } = await params;
  const lang = asked === "en" ? "en" : "de";
  const id = /^([0-9a-z]{13})\.png$/.exec(file)?.[1];
  const found = id ? await askFor<Offer>(`/offers/${id}`) : null;
  if (!found?.ok) return new Response(null, { status: found?.why === "away" ? 503 : 404 });
  const { title, merchant, price, verdict } = found.data;
  const key = JSON.stringify([
    lang,
    title,
    merchant,
    price,
    verdict?.verdict,
    verdict?.claim_verdict,
  ]);
  let image = DRAWN.get(key);
  if (!image) {
    image = await drawPreview(found.data, lang).arrayBuffer();
    const oldest = DRAWN.keys().next().value;
    if (DRAWN.size >= MOST_KEPT && oldest !== undefined) DRAWN.delete(oldest);
  }
  DRAWN.delete(key);
  DRAWN.set(key, image);
  return new Response(image, {
    headers: { "content-type": "image/png", "cache-control": "public, max-age=3600" },
  });
}
