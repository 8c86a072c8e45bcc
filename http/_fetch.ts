/**
 * The doors between the manager's world and that of `fetch`.
 *
 * @module
 */
import type { NetworkAccessManager } from "./network_access_manager.ts";
import type { NetworkReply } from "./network_reply.ts";
import { NetworkRequest } from "./network_request.ts";

/** Status codes whose responses have no body (Fetch Standard, "null body status"). */
const NULL_BODY: readonly number[] = [101, 103, 204, 205, 304];

/** A reply whose head has arrived, as a `Response`. */
export function toResponse(reply: NetworkReply, redirected: boolean): Response {
  const hasBody = reply.operation !== "HEAD" && !NULL_BODY.includes(reply.httpStatus);
  const response = new Response(hasBody ? reply.readable : null, {
    status: reply.httpStatus,
    statusText: reply.reasonPhrase,
    headers: reply.headers.toHeaders(),
  });
  const url = new URL(reply.url);
  url.hash = "";
  // The constructor has no way to say these two.
  Object.defineProperties(response, {
    url: { value: url.href },
    redirected: { value: redirected },
  });
  return response;
}

/** `fetch` by a manager. */
export function fetchWith(manager: NetworkAccessManager): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const { signal } = request;
    signal.throwIfAborted();
    const reply = send(manager, request);
    const abort = () => reply.abort();
    signal.addEventListener("abort", abort);
    reply.done.then(() => signal.removeEventListener("abort", abort));
    try {
      return await reply.response();
    } catch (error) {
      signal.throwIfAborted();
      throw new TypeError((error as Error).message, { cause: error });
    }
  };
}

function send(manager: NetworkAccessManager, request: Request): NetworkReply {
  const { method, headers, redirect, url } = request;
  if (method !== "GET" && method !== "HEAD") {
    throw new TypeError(`Cannot fetch with ${method}: only GET and HEAD are supported`);
  }
  const options = { headers, ...(redirect !== "follow" && { redirectPolicy: "manual" as const }) };
  const asked = new NetworkRequest(url, options);
  return method === "GET" ? manager.get(asked) : manager.head(asked);
}
