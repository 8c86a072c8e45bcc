/**
 * HTTP: requests over connections of our own.
 *
 * @example
 * ```ts
 * import { NetworkAccessManager } from "@quayside/quayside/http";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
 *   return new Response("hello");
 * });
 * await using manager = new NetworkAccessManager();
 * const reply = manager.get(`http://127.0.0.1:${server.addr.port}/`);
 * assertEquals(await reply.text(), "hello");
 * ```
 *
 * @module
 */
export * from "./network_access_manager.ts";
export * from "./network_reply.ts";
export * from "./network_reply_error.ts";
export * from "./network_request.ts";
export * from "../protocol/http_headers.ts";
