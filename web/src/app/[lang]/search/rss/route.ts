import { askFor } from "../../../../api/ask.ts";
import type { SearchPage } from "../../../../api/types.ts";
import { originAsked } from "../../../../page/ask-language.ts";
import type { Lang } from "../../../../routes.ts";
import { channelOf } from "../../../../search/rss.ts";
import { askOf, type Params, stateOf } from "../../../../search/state.ts";

const ITEMS = 50;

/** A search as a feed (RSS 2.0): what is new in it first, unless it has an order of its own. */
export async function GET(
  request: Request,
  { params }: { params: Promise<{ lang: string }> },
): Promise<Response> {
  const lang = (await params).lang as Lang;
  const given = new URL(request.url).searchParams;
  const query: Params = {};
  for (const name of new Set(given.keys())) query[name] = given.getAll(name);
  const asked = stateOf(query);
  const search = { ...asked, page: 1, sort: given.has("sort") ? asked.sort : ("newest" as const) };
  const found = await askFor<SearchPage>(askOf(search, { limit: ITEMS }));
  if (!found.ok) {
    const [status, told] = found.why === "refused" ? [400, {}] : [503, { "retry-after": "60" }];
    return new Response(null, { status: status as number, headers: told as HeadersInit });
  }
  return new Response(channelOf(search, found.data.items, lang, await originAsked()), {
    headers: {
      "content-type": "application/rss+xml; charset=utf-8",
      "cache-control": "public, max-age=300",
    },
  });
}
