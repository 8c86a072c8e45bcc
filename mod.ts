/**
 * Quayside: what Qt's networking and inter-process communication is to C++, for Deno.
 *
 * Everything public is here; each folder has an entry of its own too, and so has each class.
 *
 * @example
 * ```ts
 * import { TcpServer, TcpSocket } from "@quayside/quayside";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = await TcpServer.listen({ address: "127.0.0.1" });
 * server.newConnection.connect(() => server.nextPendingConnection()!.write("hello\n"));
 * await using socket = await TcpSocket.connect({ hostname: "127.0.0.1", port: server.serverPort });
 * assertEquals(new TextDecoder().decode(await socket.readUntil("\n")), "hello\n");
 * ```
 *
 * @module
 */
export * from "./core/mod.ts";
export * from "./http/mod.ts";
export * from "./ipc/mod.ts";
export * from "./net/mod.ts";
