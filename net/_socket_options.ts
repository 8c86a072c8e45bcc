/**
 * What a stream socket is told: its states' names, the options of its methods and its connection.
 *
 * @module
 */
import type { PermissionScope } from "../core/permission.ts";
import type { SocketDeviceOptions } from "../core/socket_device.ts";
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
