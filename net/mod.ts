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
export * from "./dns_lookup.ts";
export * from "./dns_lookup_error.ts";
export * from "./host_info.ts";
export * from "./datagram_socket.ts";
export * from "./network_address_entry.ts";
export * from "./network_datagram.ts";
export * from "./network_information.ts";
export * from "./network_interface.ts";
export * from "./tcp_server.ts";
export * from "./tcp_socket.ts";
export * from "./udp_socket.ts";
export * from "../protocol/host_address.ts";
export * from "../protocol/dns_record.ts";
