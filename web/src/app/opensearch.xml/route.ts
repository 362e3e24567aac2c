import { originAsked } from "../../page/ask-language.ts";
import { pathOf } from "../../routes.ts";
import { wordsOf } from "../../words/index.ts";

/** The site as a search engine of the browser (OpenSearch 1.1). */
export async function GET(): Promise<Response> {
  const origin = inXml(await originAsked());
  const words = wordsOf("de");
  const body = `<?xml version="1.0" encoding="UTF-8"?>
<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/">
  <ShortName>${words.name}</ShortName>
  <Description>${words.claim}</Description>
  <InputEncoding>UTF-8</InputEncoding>
  <Image type="image/svg+xml">${origin}/icon.svg</Image>
  <Url type="text/html" template="${origin}${pathOf("de", "search")}?q={searchTerms}"/>
</OpenSearchDescription>
`;
  return new Response(body, {
    headers: { "content-type": "application/opensearchdescription+xml; charset=utf-8" },
  });
}

function inXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
