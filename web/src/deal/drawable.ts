/** Letters that the font has. For any other one the library would ask a server elsewhere. */
export function drawable(text: string): string {
  return text
    .normalize("NFC")
    .replace(/[\u00a0\u2007\u202f]/g, " ")
    .replace(/[\u2010-\u2012\u2015]/g, "-")
    .replace(
      /[^\u0020-\u007e\u00a1-\u00ac\u00ae-\u00ff\u2013\u2014\u2018-\u201a\u201c-\u201e\u2026\u20ac\u2212]/gu,
      "",
    )
    .replace(/\s+/g, " ")
    .trim();
}
