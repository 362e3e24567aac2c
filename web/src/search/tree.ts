import type { FacetValue } from "../api/types.ts";

export interface Row {
  value: string;
  label: string;
  depth: number;
  count: number;
}

/** The first level, and below what is chosen (or on the way to it) the next one; what is chosen is
 * there in any case. Where there is but one way on, it is gone. */
export function openRows(values: FacetValue[], chosen: string[]): Row[] {
  const counts = new Map(values.map((one) => [one.value, one.count]));
  for (const value of chosen) {
    const parts = value.split(" > ");
    for (let depth = 1; depth <= parts.length; depth++) {
      const path = parts.slice(0, depth).join(" > ");
      if (!counts.has(path)) counts.set(path, 0);
    }
  }
  const open = (path: string) => chosen.some((one) => one === path || one.startsWith(`${path} > `));
  const rows: Row[] = [];
  const walk = (parent: string, depth: number) => {
    const below = [...counts]
      .filter(([value, count]) => {
        const start = parent ? `${parent} > ` : "";
        const rest = value.startsWith(start) ? value.slice(start.length) : "";
        return rest && !rest.includes(" > ") && (count > 0 || open(value));
      })
      .sort(([a, x], [b, y]) => y - x || a.localeCompare(b, "de"));
    for (const [value, count] of below) {
      rows.push({ value, label: value.split(" > ").at(-1) ?? value, depth, count });
      if (open(value) || below.length === 1) walk(value, depth + 1);
    }
  };
  walk("", 0);
  return rows;
}
