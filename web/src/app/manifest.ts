import type { MetadataRoute } from "next";
import { pathOf } from "../routes.ts";
import { wordsOf } from "../words/index.ts";

/** The site as an app of a device. */
export default function manifest(): MetadataRoute.Manifest {
  const words = wordsOf("de");
  return {
    name: words.name,
    short_name: words.name,
    description: words.claim,
    lang: "de",
    start_url: pathOf("de"),
    display: "standalone",
    background_color: "#faf8f3",
    theme_color: "#faf8f3",
    icons: [
      { src: "/icon.svg", sizes: "any", type: "image/svg+xml" },
      { src: "/icon-512.png", sizes: "512x512", type: "image/png", purpose: "any" },
      { src: "/icon-512.png", sizes: "512x512", type: "image/png", purpose: "maskable" },
    ],
  };
}
