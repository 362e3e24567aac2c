import { type NextRequest, NextResponse } from "next/server";
import { insideOf } from "./routes.ts";

/** Every page: the language by its address, and a policy under which only our own scripts run. */
export function proxy(request: NextRequest): NextResponse {
  const inside = insideOf(request.nextUrl.pathname);
  const nonce = btoa(crypto.randomUUID());
  const policy = [
    "default-src 'self'",
    // Next's development server evaluates code; the built site does not.
    `script-src 'nonce-${nonce}' 'strict-dynamic'${process.env.NODE_ENV === "development" ? " 'unsafe-eval'" : ""}`,
    `style-src 'self'${process.env.NODE_ENV === "development" ? " 'unsafe-inline'" : ""}`,
    "img-src 'self' data:",
    "worker-src 'self'",
    "manifest-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
  const headers = new Headers(request.headers);
  headers.set("content-security-policy", policy); // Next reads the nonce from it
  headers.set("x-sparfuchs-language", inside.lang);
  headers.set("x-sparfuchs-path", request.nextUrl.pathname);
  const inner = request.nextUrl.clone();
  inner.pathname = inside.path;
  const response = NextResponse.rewrite(inner, { request: { headers } });
  response.headers.set("content-security-policy", policy);
  response.headers.set("x-content-type-options", "nosniff");
  response.headers.set("referrer-policy", "strict-origin-when-cross-origin");
  response.headers.set("permissions-policy", "camera=(), geolocation=(), microphone=()");
  response.headers.set("cross-origin-opener-policy", "same-origin");
  return response;
}

export const config = {
  // All but what is no page: the API, Next's own files, and the files that app/ makes.
  matcher:
    "/((?!api/|_next/|icon\\.svg$|robots\\.txt$|sitemap\\.xml$|opensearch\\.xml$|manifest\\.webmanifest$|icon-512\\.png$|preview/|sw\\.js$|offline\\.).*)",
};
