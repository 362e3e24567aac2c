import type { MetadataRoute } from "next";
import { originAsked } from "../page/ask-language.ts";

export default async function robots(): Promise<MetadataRoute.Robots> {
  return {
    rules: { userAgent: "*", allow: ["/", "/api/v1/pictures/"], disallow: "/api/" },
    sitemap: `${await originAsked()}/sitemap.xml`,
  };
}
