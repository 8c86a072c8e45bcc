/**
 * Options of a stream socket's connection.
 *
 * @module
 */
import type { Transport } from "../core/transport.ts";

/** What can be set of a connected socket, as QAbstractSocket::SocketOption. */
export type SocketOption = "lowDelay" | "keepAlive";

/** What transports that are real sockets can do besides. */
interface Tunable {
  setNoDelay?(on: boolean): void;
  setKeepAlive?(on: boolean): void;
}

/** Sets the option of the connection; false where the connection has no such thing. */
export function applySocketOption(
  transport: Transport,
  option: SocketOption,
  value: number | boolean,
): boolean {
  const method = option === "lowDelay" ? "setNoDelay" : "setKeepAlive";
  const tunable = transport as Tunable;
  tunable[method]?.(Boolean(value));
  return tunable[method] !== undefined;
}
