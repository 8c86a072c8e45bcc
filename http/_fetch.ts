/**
 * The doors between the manager's world and that of `fetch`.
 *
 * @module
 */
import { REDIRECTS } from "./_layers/redirect.ts";
import type { NetworkAccessManager } from "./network_access_manager.ts";
import type { NetworkReply } from "./network_reply.ts";
import { NetworkRequest } from "./network_request.ts";

/** Status codes whose responses have no body (Fetch Standard, "null body status"). */
const NULL_BODY: readonly number[] = [101, 103, 204, 205, 304];

/** A reply whose head has arrived, as a `Response`. */
export function toResponse(reply: NetworkReply, redirected: boolean): Response {
  const status = reply.httpStatus;
  const hasBody = reply.operation !== "HEAD" && !NULL_BODY.includes(status);
  const isUsual = status >= 200 && status <= 599;
  const response = new Response(hasBody ? reply.readable : null, {
    status: isUsual ? status : 200,
    statusText: reply.reasonPhrase,
    headers: reply.headers.toHeaders(),
  });
  const url = new URL(reply.url);
  url.hash = "";
  const facts = { url: url.href, redirected, type: "basic" };
  return withFacts(response, isUsual ? facts : { ...facts, status, ok: false });
}

/** Says what the constructor of `Response` has no way to say. */
function withFacts(response: Response, facts: Record<string, unknown>): Response {
  for (const [name, value] of Object.entries(facts)) {
    Object.defineProperty(response, name, { value });
  }
  const clone = () => withFacts(Response.prototype.clone.call(response), facts);
  return Object.defineProperty(response, "clone", { value: clone });
}

/** `fetch` by a manager. */
export function fetchWith(manager: NetworkAccessManager): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const { redirect, signal } = request;
    signal.throwIfAborted();
    const reply = send(manager, request);
    try {
      const response = await reply.response();
      if (redirect !== "error" || !REDIRECTS.includes(response.status)) return response;
      reply.abort();
      throw new TypeError(`Cannot fetch ${request.url}: the server redirects`);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof TypeError) throw error;
      throw new TypeError((error as Error).message, { cause: error });
    }
  };
}

function send(manager: NetworkAccessManager, request: Request): NetworkReply {
  const { method, headers, redirect, signal, url } = request;
  if (method !== "GET" && method !== "HEAD") {
    throw new TypeError(`Cannot fetch with ${method}: only GET and HEAD are supported`);
  }
  const options = { headers, ...(redirect !== "follow" && { redirectPolicy: "manual" as const }) };
  const asked = new NetworkRequest(url, options);
  return method === "GET" ? manager.get(asked, { signal }) : manager.head(asked, { signal });
}
