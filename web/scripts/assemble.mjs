// What Next leaves beside its standalone server goes into it, so that one folder is the whole site.
import { cpSync, rmSync } from "node:fs";

const site = ".next/standalone";
for (const [from, to] of [
  [".next/static", `${site}/.next/static`],
  ["public", `${site}/public`],
  ["serve.mjs", `${site}/serve.mjs`],
]) {
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, { recursive: true });
}
