import "server-only";
import { type Answer, askFor } from "../api/ask.ts";
import type { Listing, SearchPage, Understood } from "../api/types.ts";
import { askOf, type Chip, PAGE, type Search, waysOut } from "./state.ts";

export interface Slate {
  items: Listing[];
  total: SearchPage["total"];
  facets: SearchPage["facets"];
  cursor: string | null;
  /** Whether all words had to be there, all but one, or any. */
  met: string;
  understood: Understood | null;
}

const AT_ONCE = 96; // hits of one question: four pages, below the API's hundred

/** All hits of a search up to its page, as its address promises them after a reload. */
export async function load(search: Search): Promise<Answer<Slate>> {
  const wanted = search.page * PAGE;
  const slate: Slate = {
    items: [],
    total: { value: 0, approximate: false },
    facets: {},
    cursor: null,
    met: "all",
    understood: null,
  };
  const seen = new Set<string>();
  for (let asked = 0; asked < wanted; ) {
    const limit = Math.min(wanted - asked, AT_ONCE);
    const first = asked === 0;
    const path = askOf(search, { limit, cursor: slate.cursor, facets: first, spark: true });
    const answer = await askFor<SearchPage>(path);
    if (!answer.ok) return answer;
    if (first) {
      slate.total = answer.data.total;
      slate.facets = answer.data.facets;
      slate.met = answer.data.words_met;
      slate.understood = answer.data.understood;
    }
    for (const item of answer.data.items) {
      if (!seen.has(item.id)) slate.items.push(item);
      seen.add(item.id);
    }
    slate.cursor = answer.data.next_cursor;
    asked += limit;
    if (slate.cursor === null) break;
  }
  return { ok: true, data: slate };
}

export interface WayOut {
  chip: Chip;
  count: number;
}

/** For a search without hits: what single step back finds something, the most first. */
export async function loadWaysOut(search: Search): Promise<WayOut[]> {
  const ways = await Promise.all(
    waysOut(search).map(async (chip) => {
      const answer = await askFor<SearchPage>(askOf(chip.without, { limit: 1 }));
      return { chip, count: answer.ok ? answer.data.total.value : 0 };
    }),
  );
  return ways.filter((way) => way.count > 0).sort((a, b) => b.count - a.count);
}
