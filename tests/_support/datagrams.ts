/** What the tests of datagrams share. */
import type { DatagramEngineName } from "../../net/udp_socket.ts";
import { UdpSocket, type UdpSocketOptions } from "../../net/udp_socket.ts";
import type { BindOptions } from "../../net/abstract_socket.ts";

/** The engines that there are here: the tests run once with and once without `--unstable-net`. */
export const engines: readonly DatagramEngineName[] = [
  ...(Deno.listenDatagram === undefined ? [] : ["deno"] as const),
  "node",
  ...(Deno.build.os === "linux" ? ["ffi"] as const : []),
];

/** A socket on the loopback address. */
export function bound(options: UdpSocketOptions & BindOptions = {}): Promise<UdpSocket> {
  return UdpSocket.bind({ address: "127.0.0.1", ...options });
}

/** The next datagram, waited for at the most 5 s. */
export async function nextDatagram(socket: UdpSocket) {
  while (!socket.hasPendingDatagrams()) {
    if (!await socket.waitForReadyRead(5_000)) throw new Error("no datagram has come");
  }
  return socket.receiveDatagram()!;
}

/** Waits until so many datagrams have arrived, at the most 5 s. */
export async function arrived(socket: UdpSocket, bytes: number): Promise<void> {
  while (socket.bytesAvailable < bytes) {
    if (!await socket.waitForReadyRead(5_000)) throw new Error("no datagram has come");
  }
}

/** A port where nobody listens. */
export async function closedPort(): Promise<number> {
  await using socket = await bound({ engine: "node" });
  return socket.localPort;
}

/** Bytes as text. */
export const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
