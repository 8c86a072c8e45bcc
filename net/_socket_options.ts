/**
 * What a stream socket is told: its states' names, the options of its methods and its connection.
 *
 * @module
 */
import type { SocketNeeds } from "../core/_dial.ts";
import type { PermissionScope } from "../core/permission.ts";
import type { SocketDeviceOptions } from "../core/socket_device.ts";
import type { Transport } from "../core/transport.ts";
import type { HostAddress } from "../protocol/host_address.ts";

/** Where a socket stands, as QAbstractSocket::SocketState. */
export type SocketState =
  | "unconnected"
  | "hostLookup"
  | "connecting"
  | "connected"
  | "bound"
  | "listening"
  | "closing";

/** Options of {@linkcode AbstractSocket.connectToHost}. */
export interface ConnectToHostOptions {
  /** Which addresses of the host may be tried; "any" by default. */
  protocol?: "any" | "ipv4" | "ipv6";
  /** Milliseconds for the look-up and all attempts together, 30 000 by default; -1: no limit. */
  timeout?: number;
  /** Narrows what may be connected to, beside the scope that the socket was made with. */
  scope?: PermissionScope;
}

/** Options of {@linkcode AbstractSocket.bind}. */
export interface BindOptions {
  /** The local address; any by default. */
  address?: string | HostAddress;
  /** The local port; 0, the default, lets the system choose. */
  port?: number;
  /** Lets the address be bound although an old connection lingers on it. */
  reuseAddress?: boolean;
  /** Lets several sockets share the port. */
  reusePort?: boolean;
}

/** Options that every socket's constructor takes. */
export type AbstractSocketOptions = SocketDeviceOptions;

/**
 * What can be set of a socket, as QAbstractSocket::SocketOption.
 *
 * Of a stream: "lowDelay" (no Nagle algorithm), "keepAlive" (probes an idle peer), "keepAliveIdle"
 * (seconds of silence before the first probe). Of datagrams: "multicastTtl" (routers that what is
 * sent to a group may cross), "multicastLoopback" (whether this machine hears it too),
 * "sendBufferSize" and "receiveBufferSize" (bytes in the system), "typeOfService" (0 to 255).
 */
export type SocketOption =
  | "lowDelay"
  | "keepAlive"
  | "keepAliveIdle"
  | "multicastTtl"
  | "multicastLoopback"
  | "sendBufferSize"
  | "receiveBufferSize"
  | "typeOfService";

/** The options of a socket, by name. */
export type SocketOptions = ReadonlyMap<SocketOption, number | boolean>;

/** What transports that are real sockets can do besides. */
interface Tunable {
  setNoDelay?(on: boolean): void;
  setKeepAlive?(on: boolean): void;
}

/** `value`, if `option` can have it. */
export function checkedOption(option: SocketOption, value: number | boolean): number | boolean {
  if (option !== "keepAliveIdle" || (Number.isInteger(value) && Number(value) > 0)) return value;
  throw new RangeError(`Cannot set keepAliveIdle to ${value}: expected whole seconds, 1 or more`);
}

/** The options that have to be known before the connection is opened. */
export function needsOf(options: SocketOptions): SocketNeeds {
  const seconds = options.get("keepAliveIdle");
  return seconds === undefined ? {} : { keepAliveIdle: Number(seconds) * 1000 };
}

/** Sets an option of the connection; false where the connection has no such thing. */
export function applySocketOption(
  transport: Transport,
  option: SocketOption,
  value: number | boolean,
): boolean {
  // It was asked for while connecting: there is no other way.
  if (option === "keepAliveIdle") return true;
  if (option !== "lowDelay" && option !== "keepAlive") return false;
  const method = option === "lowDelay" ? "setNoDelay" : "setKeepAlive";
  const tunable = transport as Tunable;
  tunable[method]?.(Boolean(value));
  return tunable[method] !== undefined;
}
