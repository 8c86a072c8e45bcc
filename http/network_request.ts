/**
 * Requests as values.
 *
 * @module
 */
import { HttpHeaders, type HttpHeadersInit } from "../protocol/http_headers.ts";
import { checkedCount, checkedPolicy, checkedTime } from "./_check.ts";
import type { RedirectPolicy } from "./_exchange.ts";

/** Options of {@linkcode NetworkRequest}; what is left out is the manager's to decide. */
export interface NetworkRequestOptions {
  /**
   * Header fields, sent in this order and case; they win over what the engine would send. Only what
   * frames a body, Content-Length and Transfer-Encoding, is the engine's alone.
   */
  headers?: HttpHeadersInit;
  /** Which redirects are followed; "noLessSafe" by default. */
  redirectPolicy?: RedirectPolicy;
  /** How many redirects are followed; 50 by default. */
  maxRedirects?: number;
  /** Milliseconds without any progress after which the request fails; 0: for ever. */
  transferTimeout?: number;
}

/**
 * What is asked of a server, after QNetworkRequest: an immutable value.
 *
 * @example
 * ```ts
 * import { NetworkRequest } from "@quayside/quayside/http";
 * import { assertEquals } from "@std/assert";
 *
 * const request = new NetworkRequest("http://example.com/a", { headers: { "X-Trace": "1" } });
 * const other = request.with({ transferTimeout: 1000 });
 * assertEquals(other.headers.get("x-trace"), "1");
 * assertEquals(request.transferTimeout, null);
 * ```
 */
export class NetworkRequest {
  /** Where to; do not change it. */
  readonly url: URL;
  /** The user's header fields; do not change them. */
  readonly headers: HttpHeaders;
  /** Which redirects are followed; `null`: as the manager says. */
  readonly redirectPolicy: RedirectPolicy | null;
  /** How many redirects are followed; `null`: as the manager says. */
  readonly maxRedirects: number | null;
  /** Milliseconds without any progress after which the request fails; `null`: the manager's. */
  readonly transferTimeout: number | null;

  /**
   * A request; nothing is sent before a manager is given it.
   *
   * @param url Where to; a fragment is not sent.
   * @param options `headers`, `redirectPolicy`, `maxRedirects`, `transferTimeout`.
   * @throws {TypeError} `url` is no absolute URL, a header or the policy is not valid.
   * @throws {RangeError} A number is negative or no number, or `maxRedirects` is not whole.
   */
  constructor(url: string | URL, options: NetworkRequestOptions = {}) {
    this.url = parsedUrl(url);
    this.headers = new HttpHeaders(options.headers);
    const { redirectPolicy, maxRedirects, transferTimeout } = options;
    this.redirectPolicy = redirectPolicy === undefined ? null : checkedPolicy(redirectPolicy);
    this.maxRedirects = maxRedirects === undefined
      ? null
      : checkedCount("maxRedirects", maxRedirects);
    this.transferTimeout = transferTimeout === undefined
      ? null
      : checkedTime("transferTimeout", transferTimeout);
  }

  /**
   * A copy with some options changed.
   *
   * @param changes The options that differ; `url` too.
   * @returns A new request.
   * @throws {TypeError} As the constructor, and {RangeError}.
   */
  with(changes: NetworkRequestOptions & { url?: string | URL }): NetworkRequest {
    const { url, headers, redirectPolicy, maxRedirects, transferTimeout } = this;
    return new NetworkRequest(changes.url ?? url, {
      headers,
      ...(redirectPolicy !== null && { redirectPolicy }),
      ...(maxRedirects !== null && { maxRedirects }),
      ...(transferTimeout !== null && { transferTimeout }),
      ...changes,
    });
  }
}

function parsedUrl(url: string | URL): URL {
  const parsed = URL.parse(url);
  if (parsed !== null) return parsed;
  throw new TypeError(`Cannot request "${url}": it is no absolute URL`);
}
