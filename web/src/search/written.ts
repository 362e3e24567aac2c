const FOLDED: Record<string, string> = { ä: "ae", ö: "oe", ü: "ue", ß: "ss" };

function folded(word: string): string {
  return word.toLowerCase().replace(/[äöüß]/g, (letter) => FOLDED[letter] ?? letter);
}

/** A folded word of the index as people write it: as it stands in one of these texts, else as it is.
 * The index knows `kopfhoerer`; the titles that it found say Kopfhörer. */
export function written(word: string, texts: readonly string[]): string {
  for (const text of texts)
    for (const one of text.split(/[^\p{L}\p{N}]+/u))
      if (one && folded(one) === word) return one === one.toUpperCase() ? one.toLowerCase() : one;
  return word;
}
