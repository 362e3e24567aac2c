import type { NextConfig } from "next";

const config: NextConfig = {
  output: "standalone",
  outputFileTracingRoot: import.meta.dirname,
  poweredByHeader: false,
  reactStrictMode: true,
  // No pictures pass through Next: those of shops are drawn by us (src/ui/picture.tsx).
  images: { unoptimized: true },
};

export default config;
