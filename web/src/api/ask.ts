import "server-only";
import { headers } from "next/headers";
import { cache } from "react";

/** What came of a question. That there is no such thing, or nobody there, is an answer as well. */
export type Answer<T> =
  | { ok: true; data: T }
  | { ok: false; why: "missing" | "refused" | "away"; detail: string };

const PATIENCE = 8000; // milliseconds; a page that waits longer is no page

/** Asks the API for a page that is being made, in the name of who asked for the page.
 *
 * The same question within one page is asked once.
 */
export const ask = cache(async (path: string): Promise<Answer<unknown>> => {
  const base = process.env.SPARFUCHS_API ?? "http://127.0.0.1:8081";
  const caller = (await headers()).get("x-forwarded-for");
  const question = () =>
    fetch(`${base}/api/v1${path}`, {
      headers: caller ? { "x-forwarded-for": caller } : {},
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE),
    });
  let response: Response;
  try {
    // A kept connection may be closed by the other side just as it is used: once more over another.
    response = await question().catch((error: Error) => {
      if (error.name === "TimeoutError") throw error;
      return question();
    });
    if (response.ok) return { ok: true, data: await response.json() };
  } catch (error) {
    return { ok: false, why: "away", detail: String(error) };
  }
  const why =
    response.status === 404
      ? "missing"
      : response.status < 500 && response.status !== 429
        ? "refused"
        : "away";
  return { ok: false, why, detail: `${response.status} ${path}` };
});

export async function askFor<T>(path: string): Promise<Answer<T>> {
  return (await ask(path)) as Answer<T>;
}
