import type { Money, SearchPage } from "../api/types.ts";

export type Suggestion =
  | { kind: "words"; text: string; count: number }
  | { kind: "category"; value: string; count: number }
  | { kind: "offer"; id: string; text: string; price: Money | null };

const CATEGORIES = 3;
/** Baymard's bound for a list that is still read; a phone shows eight of them. */
const MOST = 10;

/** What a page of hits suggests to someone who is still typing: the words themselves, the narrowest
 * categories that hold hits, and the first offers. */
export function suggestionsOf(typed: string, page: SearchPage): Suggestion[] {
  if (page.total.value === 0) return [];
  const values = page.facets.category ?? [];
  const narrow = values.filter(
    (one) =>
      one.count > 0 &&
      // A parent that holds just what its child holds says less than the child.
      !values.some(
        (other) => other.value.startsWith(`${one.value} > `) && other.count === one.count,
      ),
  );
  const titles = new Set<string>();
  const offers = page.items.filter((one) => !titles.has(one.title) && titles.add(one.title));
  const found: Suggestion[] = [
    { kind: "words", text: typed, count: page.total.value },
    ...narrow
      .slice(0, CATEGORIES)
      .map((one) => ({ kind: "category" as const, value: one.value, count: one.count })),
    ...offers.map((one) => ({
      kind: "offer" as const,
      id: one.id,
      text: one.title,
      price: one.price,
    })),
  ];
  return found.slice(0, MOST);
}
