/**
 * Follows redirects (RFC 9110 section 15.4), each hop through all the layers below again.
 *
 * @module
 */
import { HttpHeaders } from "../../protocol/http_headers.ts";
import type { ExchangeRequest, ExchangeResponse, Layer } from "../_exchange.ts";
import { withoutCredentials } from "../_reply_errors.ts";
import { type NetworkErrorCode, NetworkReplyError } from "../network_reply_error.ts";

/** The status codes that redirect, given a Location. */
export const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/** Bytes of a redirect's own body that are read to keep its connection; more is not worth it. */
const WORTH_READING = 64 * 1024;

/** What the user meant for the first server alone. */
const FOR_THE_ORIGIN: readonly string[] = [
  "Authorization",
  "Cookie",
  "Host",
  "Proxy-Authorization",
];

/** The redirect layer. */
export const redirect: Layer = (next) => async (request) => {
  let hop = request;
  for (let hops = 0;; hops++) {
    const response = await next(hop);
    const isRedirect = REDIRECTS.includes(response.status) && response.headers.has("location");
    if (!isRedirect || request.redirectPolicy === "manual") return response;
    await drain(response, request.signal);
    const target = targetOf(response);
    if (hops >= request.maxRedirects) {
      const so = `${hops} have been followed already`;
      throw refused("tooManyRedirects", target, so);
    }
    checkPolicy(hop, target);
    hop = redirected(hop, target);
    request.events.redirected?.(target);
  }
};

/** Where a response redirects to. */
function targetOf({ headers, url }: ExchangeResponse): URL {
  const [location, ...others] = headers.values("location");
  if (others.some((other) => other !== location)) {
    throw refused("protocolUnknown", `"${location}"`, `the server named "${others[0]}" as well`);
  }
  // Servers that send other characters than ASCII mean the bytes of UTF-8.
  const encoded = location!.replace(/[\x80-\xff]/g, percentEncoded);
  const target = URL.parse(encoded, url);
  // Only from http(s) to http(s): a server must not point us at files or other devices.
  if (target?.protocol !== "http:" && target?.protocol !== "https:") {
    throw refused("protocolUnknown", `"${location}"`, "expected an http or https URL");
  }
  // RFC 9110 section 10.2.2: a Location without a fragment inherits the one it is reached from.
  if (!target.href.includes("#")) target.hash = url.hash;
  return target;
}

function percentEncoded(character: string): string {
  return "%" + character.charCodeAt(0).toString(16).toUpperCase();
}

function checkPolicy({ url, redirectPolicy }: ExchangeRequest, target: URL): void {
  if (redirectPolicy === "sameOrigin" && target.origin !== url.origin) {
    throw refused("insecureRedirect", target, "only the same origin is allowed");
  }
  if (url.protocol === "https:" && target.protocol === "http:") {
    throw refused("insecureRedirect", target, "it leads from https to http");
  }
}

function refused(code: NetworkErrorCode, target: URL | string, so: string): NetworkReplyError {
  const where = typeof target === "string" ? target : withoutCredentials(target);
  return new NetworkReplyError(code, `Cannot follow the redirect to ${where}: ${so}`);
}

function redirected(request: ExchangeRequest, target: URL): ExchangeRequest {
  if (target.origin === request.url.origin) return { ...request, url: target };
  const headers = new HttpHeaders(request.headers);
  for (const name of FOR_THE_ORIGIN) headers.delete(name);
  return { ...request, url: target, headers };
}

/** Reads a small body, so that the connection stays; gives up a large one. */
async function drain({ body }: ExchangeResponse, signal: AbortSignal): Promise<void> {
  const room = new Uint8Array(WORTH_READING);
  const giveUp = () => body.cancel();
  signal.addEventListener("abort", giveUp);
  let size = 0;
  try {
    while (size < WORTH_READING) {
      const read = await body.read(room.subarray(size));
      if (read === null) return;
      size += read;
    }
  } catch {
    // The redirect itself arrived whole; what follows it is of no interest.
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
  body.cancel();
}
