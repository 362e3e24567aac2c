// Starts the built site and stands in front of it, on one port:
//
//   /api/*       goes on to the API as it is, and its answer comes back as it is
//   /health/web  says that the site is there, without asking anybody
//   all else     is Next's
//
// Next makes its server with `http.createServer(listener)`. We give it one whose listener asks us
// first: no second hop for pages, and no page code between a caller and the API.
import http from "node:http";
import { createRequire } from "node:module";

// Next compares addresses by name and calls every loopback address "localhost": that is what it is
// told, and where the server really listens is said here.
const host = process.env.SPARFUCHS_HOST ?? "127.0.0.1";
process.env.HOSTNAME = "localhost";

const api = new URL(process.env.SPARFUCHS_API ?? "http://127.0.0.1:8081");
const toApi = new http.Agent({ keepAlive: true, maxSockets: 256 });

const PATIENCE = 1000; // milliseconds until a body is sent unasked

// They belong to one connection and are never passed on (RFC 9110 7.6.1).
const OF_THE_CONNECTION = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

const makeServer = http.createServer;
http.createServer = (...given) => {
  const listener = given.at(-1);
  if (typeof listener !== "function") return makeServer(...given);
  const server = makeServer(...given.slice(0, -1), (request, response) => {
    sayWhoAsks(request);
    if (request.url === "/health/web") {
      response.writeHead(200, { "content-type": "text/plain", "cache-control": "no-store" });
      response.end("ok\n");
    } else if (/^\/api(?:[/?]|$)/.test(request.url)) {
      passOn(request, response);
    } else {
      listener(request, response);
    }
  });
  const listen = server.listen.bind(server);
  server.listen = (port, _host, ...rest) => listen(port, host, ...rest);
  return server;
};

createRequire(import.meta.url)("./server.js");

/** Whoever stands at the other end of the connection is the last in X-Forwarded-For. */
function sayWhoAsks(request) {
  const before = request.headers["x-forwarded-for"];
  const caller = (request.socket.remoteAddress ?? "").replace(/^::ffff:/, "");
  request.headers["x-forwarded-for"] = before ? `${before}, ${caller}` : caller;
}

function passOn(request, response) {
  const headers = { ...request.headers, host: api.host };
  const named = String(request.headers.connection ?? "").toLowerCase();
  for (const name of [...OF_THE_CONNECTION, ...named.split(",").map((one) => one.trim())]) {
    delete headers[name];
  }
  if (request.headers["transfer-encoding"]) headers["transfer-encoding"] = "chunked";
  const bodiless = /^(?:GET|HEAD)$/.test(request.method);
  if (!bodiless) headers.expect = "100-continue";
  ask(request, response, headers, bodiless);
}

/** Asks the API. What has no body goes over a connection that is kept; should the API have closed it
 * just then, it is asked once more over another one. */
function ask(request, response, headers, bodiless) {
  const onward = http.request({
    agent: bodiless ? toApi : false,
    host: api.hostname,
    port: api.port,
    method: request.method,
    path: request.url,
    headers,
  });
  onward.on("response", (answer) => {
    const back = { ...answer.headers };
    for (const name of OF_THE_CONNECTION) delete back[name];
    response.writeHead(answer.statusCode ?? 502, back);
    answer.pipe(response);
    answer.on("error", () => response.destroy());
  });
  onward.on("error", () => {
    if (bodiless && onward.reusedSocket && !response.headersSent && !response.destroyed) {
      ask(request, response, headers, bodiless);
    } else {
      unreachable(request, response);
    }
  });
  onward.setTimeout(60_000, () => onward.destroy(new Error("no answer")));
  response.once("close", () => onward.destroy());
  if (bodiless) onward.end();
  else sendWhenWanted(request, onward);
}

/** A body goes only to whom wants it (RFC 9110 10.1.1). An API that refuses by the head alone ends the
 * connection, and what was sent meanwhile would take its answer with it. */
function sendWhenWanted(request, onward) {
  let begun = false;
  const send = () => {
    if (begun || onward.destroyed) return;
    begun = true;
    request.pipe(onward);
  };
  const unasked = setTimeout(send, PATIENCE); // whoever does not know the question gets the body
  onward.once("continue", send);
  onward.once("response", () => {
    begun = true;
    clearTimeout(unasked);
  });
  onward.once("close", () => clearTimeout(unasked));
  onward.flushHeaders();
}

/** The API is away: said in its own form (RFC 9457). */
function unreachable(request, response) {
  if (response.destroyed) return;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(502, {
    "content-type": "application/problem+json",
    "cache-control": "no-store",
    "retry-after": "2",
  });
  response.end(
    JSON.stringify({
      type: "about:blank",
      title: "Bad Gateway",
      status: 502,
      detail: "The API does not answer; try again in a moment",
      instance: request.url,
    }),
  );
}
