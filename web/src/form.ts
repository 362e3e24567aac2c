/** Money, numbers and times as people read them. Written out by hand where server and browser could
 * differ by the version of their language data. */

import type { Money } from "./api/types.ts";
import type { Lang } from "./routes.ts";

const NBSP = "\u00a0";
const SIGNS: Record<string, string> = { EUR: "€", GBP: "£", USD: "$" };
const NO_CENTS = new Set(["JPY", "KRW", "HUF"]);

/** `1.234,56 €` in German, `€1,234.56` in English. */
export function money(amount: Money, lang: Lang): string {
  const cents = NO_CENTS.has(amount.currency) ? 0 : 2;
  const minor = Math.abs(amount.minor);
  const whole = grouped(Math.floor(minor / 10 ** cents), lang);
  const part = String(minor % 10 ** cents).padStart(cents, "0");
  const digits = cents ? `${whole}${lang === "de" ? "," : "."}${part}` : whole;
  const sign = amount.minor < 0 ? "−" : "";
  const unit = SIGNS[amount.currency] ?? amount.currency;
  return lang === "de" ? `${sign}${digits}${NBSP}${unit}` : `${sign}${unit}${digits}`;
}

/** `12.345` in German, `12,345` in English. */
export function grouped(value: number, lang: Lang): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, lang === "de" ? "." : ",");
}

/** `400 g`, `1,5 kg`, `750 ml`: an amount told in base units as people say it. */
export function amount(value: number, unit: string, lang: Lang): string {
  const smaller: Record<string, string> = { kg: "g", l: "ml", m: "cm" };
  const less = smaller[unit];
  const step = unit === "m" ? 100 : 1000;
  const small = less !== undefined && value < 1;
  const number = Math.round((small ? value * step : value) * 1000) / 1000;
  const [whole = "0", part] = String(number).split(".");
  const digits = part
    ? `${grouped(Number(whole), lang)}${lang === "de" ? "," : "."}${part}`
    : whole;
  return `${digits}${NBSP}${small ? less : unit}`;
}

/** What a person typed as an amount of euros, in cents; null for what is none. */
export function typedCents(text: string): number | null {
  const bare = text.replace(/[\s€]/g, "");
  const german = /^\d{1,3}(\.\d{3})+(,\d{1,2})?$|^\d+(,\d{1,2})?$/.test(bare);
  const plain = german
    ? bare.replaceAll(".", "").replace(",", ".")
    : /^\d{1,3}(,\d{3})+(\.\d{1,2})?$|^\d+(\.\d{1,2})?$/.test(bare)
      ? bare.replaceAll(",", "")
      : null;
  if (plain === null) return null;
  const cents = Math.round(Number(plain) * 100);
  return cents < 2 ** 40 ? cents : null;
}

/** Cents as they are typed: `50`, `19,99`. */
export function asTyped(cents: number, lang: Lang): string {
  const part = cents % 100;
  const whole = String(Math.floor(cents / 100));
  return part ? `${whole}${lang === "de" ? "," : "."}${String(part).padStart(2, "0")}` : whole;
}

export const ZONE = "Europe/Berlin";
const LOCALES: Record<Lang, string> = { de: "de-DE", en: "en-GB" };

const FORMS = {
  day: { day: "numeric", month: "long", year: "numeric" },
  short: { day: "2-digit", month: "2-digit", year: "numeric" },
  clock: { hour: "2-digit", minute: "2-digit" },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

// Making one takes as long as using it a hundred times, and a page with a table uses it often.
const MADE = new Map<string, Intl.DateTimeFormat>();

function written(time: string | number, lang: Lang, form: keyof typeof FORMS): string {
  const key = `${lang}-${form}`;
  let format = MADE.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(LOCALES[lang], { ...FORMS[form], timeZone: ZONE });
    MADE.set(key, format);
  }
  return format.format(new Date(time));
}

/** `25. November 2026` */
export function day(time: string | number, lang: Lang): string {
  return written(time, lang, "day");
}

/** `25.11.2026`, for tables and axes. */
export function shortDay(time: string | number, lang: Lang): string {
  return written(time, lang, "short");
}

/** `25.11.2026, 13:05` */
export function moment(time: string | number, lang: Lang): string {
  return `${shortDay(time, lang)}, ${written(time, lang, "clock")}`;
}

/** `vor 12 Min.`; seconds in, so that server and browser say the same. */
export function ago(seconds: number, lang: Lang): string {
  const [count, unit] =
    seconds < 90
      ? [Math.max(1, Math.round(seconds / 60)), "minute" as const]
      : seconds < 5400
        ? [Math.round(seconds / 60), "minute" as const]
        : seconds < 129_600
          ? [Math.round(seconds / 3600), "hour" as const]
          : [Math.round(seconds / 86_400), "day" as const];
  const names = {
    de: { minute: "Min.", hour: "Std.", day: count === 1 ? "Tag" : "Tagen" },
    en: { minute: "min", hour: "h", day: count === 1 ? "day" : "days" },
  };
  return lang === "de" ? `vor ${count} ${names.de[unit]}` : `${count} ${names.en[unit]} ago`;
}
