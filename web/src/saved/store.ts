/** What somebody marked, on this device alone: a list in its storage, the newest first. */

export interface Saved {
  id: string;
  title: string;
  /** Milliseconds since 1970. */
  at: number;
}

export const KEY = "sparfuchs.saved";
export const MOST = 200;
export const NONE: readonly Saved[] = [];

/** The list that a text of the storage means. What was not written by us is nothing. */
export function listOf(text: string | null): readonly Saved[] {
  if (!text) return NONE;
  try {
    const found: unknown = JSON.parse(text);
    if (!Array.isArray(found)) return NONE;
    const seen = new Set<string>();
    return found
      .filter(
        (one): one is Saved =>
          typeof one === "object" &&
          one !== null &&
          typeof one.id === "string" &&
          /^[0-9a-z]{13}$/.test(one.id) &&
          typeof one.title === "string" &&
          typeof one.at === "number" &&
          !seen.has(one.id) &&
          Boolean(seen.add(one.id)),
      )
      .slice(0, MOST);
  } catch {
    return NONE;
  }
}

export function withOne(list: readonly Saved[], one: Saved): readonly Saved[] {
  return [one, ...list.filter((other) => other.id !== one.id)].slice(0, MOST);
}

export function without(list: readonly Saved[], id: string): readonly Saved[] {
  return list.filter((one) => one.id !== id);
}
