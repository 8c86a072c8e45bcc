/**
 * Sockets: TCP connections and servers, addresses.
 *
 * @example
 * ```ts
 * import { TcpServer, TcpSocket } from "@quayside/quayside/net";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = await TcpServer.listen({ address: "127.0.0.1" });
 * server.newConnection.connect(() => server.nextPendingConnection()!.close());
 * await using socket = await TcpSocket.connect({ hostname: "127.0.0.1", port: server.serverPort });
 * for await (const _chunk of socket);
 * assertEquals(socket.error, "remoteHostClosed");
 * ```
 *
 * @module
 */
export * from "./abstract_socket.ts";
export * from "./tcp_server.ts";
export * from "./tcp_socket.ts";
export * from "../protocol/host_address.ts";
