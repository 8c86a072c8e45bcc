/**
 * Follows redirects (RFC 9110 section 15.4), each hop through all the layers below again.
 *
 * @module
 */
import { HttpHeaders } from "../../protocol/http_headers.ts";
import type { ExchangeRequest, ExchangeResponse, Layer } from "../_exchange.ts";
import { NetworkReplyError } from "../network_reply_error.ts";

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/** Bytes of a redirect's own body that are read to keep its connection; more is not worth it. */
const WORTH_READING = 64 * 1024;

/** What the user meant for the first server alone. */
const FOR_THE_ORIGIN: readonly string[] = ["Authorization", "Cookie", "Host"];

/** The redirect layer. */
export const redirect: Layer = (next) => async (request) => {
  let hop = request;
  for (let hops = 0;; hops++) {
    const response = await next(hop);
    const target = request.redirectPolicy === "manual" ? null : targetOf(response);
    if (target === null) return response;
    await drain(response);
    if (hops === request.maxRedirects) {
      throw new NetworkReplyError(
        "tooManyRedirects",
        `Cannot follow the redirect to ${target}: ${hops} have been followed already`,
      );
    }
    checkPolicy(hop, target);
    hop = redirected(hop, target);
    request.events.redirected?.(target);
  }
};

/** Where a response redirects to; `null` when it does not. */
function targetOf({ status, headers, url }: ExchangeResponse): URL | null {
  const location = REDIRECTS.includes(status) ? headers.get("location") : null;
  if (location === null) return null;
  const target = URL.parse(location, url);
  // Only from http(s) to http(s): a server must not point us at files or other devices.
  if (target?.protocol !== "http:" && target?.protocol !== "https:") {
    const so = "expected an http or https URL";
    throw new NetworkReplyError(
      "protocolUnknown",
      `Cannot follow a redirect to "${location}": ${so}`,
    );
  }
  // RFC 9110 section 10.2.2: a Location without a fragment inherits the one it is reached from.
  if (target.hash === "") target.hash = url.hash;
  return target;
}

function checkPolicy({ url, redirectPolicy }: ExchangeRequest, target: URL): void {
  if (redirectPolicy === "sameOrigin" && target.origin !== url.origin) {
    const so = "only the same origin is allowed";
    throw new NetworkReplyError(
      "insecureRedirect",
      `Cannot follow the redirect to ${target}: ${so}`,
    );
  }
  if (url.protocol === "https:" && target.protocol === "http:") {
    const so = "it leads from https to http";
    throw new NetworkReplyError(
      "insecureRedirect",
      `Cannot follow the redirect to ${target}: ${so}`,
    );
  }
}

function redirected(request: ExchangeRequest, target: URL): ExchangeRequest {
  if (target.origin === request.url.origin) return { ...request, url: target };
  const headers = new HttpHeaders(request.headers);
  for (const name of FOR_THE_ORIGIN) headers.delete(name);
  return { ...request, url: target, headers };
}

/** Reads a small body, so that the connection stays; gives up a large one. */
async function drain({ body }: ExchangeResponse): Promise<void> {
  const room = new Uint8Array(WORTH_READING);
  let size = 0;
  try {
    while (size < WORTH_READING) {
      const read = await body.read(room.subarray(size));
      if (read === null) return;
      size += read;
    }
  } catch {
    // The redirect itself arrived whole; what follows it is of no interest.
  }
  body.cancel();
}
