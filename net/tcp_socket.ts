/**
 * TCP connections.
 *
 * @module
 */
import type { SocketNeeds } from "../core/_dial.ts";
import type { OpenOptions } from "../core/io_device.ts";
import type { Transport } from "../core/transport.ts";
import type { HostAddress } from "../protocol/host_address.ts";
import { AbstractSocket, type AbstractSocketOptions } from "./abstract_socket.ts";

/** Options of {@linkcode TcpSocket}. */
export interface TcpSocketOptions extends AbstractSocketOptions {
  /** The local address to connect from; any by default. Needs node's engine, which is slower. */
  localAddress?: string | HostAddress;
  /** The local port to connect from; any by default. Needs node's engine, which is slower. */
  localPort?: number;
  /** Lets `abort()` send a real reset (RST); else the peer of an aborted socket sees an end. Needs
   * node's engine, which is slower. */
  resettable?: boolean;
}

/** Where {@linkcode TcpSocket.connect} connects to, and how. */
export interface TcpConnectOptions extends TcpSocketOptions, OpenOptions {
  /** A name or an address. */
  hostname: string | HostAddress;
  /** 0 to 65 535. */
  port: number;
}

/**
 * A TCP connection, after QTcpSocket.
 *
 * Needs `--allow-net=host:port`, the host as it is written.
 *
 * @example
 * ```ts
 * import { TcpServer, TcpSocket } from "@quayside/quayside/net";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = await TcpServer.listen({ address: "127.0.0.1" });
 * server.newConnection.connect(() => {
 *   const peer = server.nextPendingConnection()!;
 *   peer.readyRead.connect(() => peer.write(peer.readAll()));
 * });
 *
 * await using socket = await TcpSocket.connect({ hostname: "127.0.0.1", port: server.serverPort });
 * socket.write("hello");
 * assertEquals(new TextDecoder().decode(await socket.readExactly(5)), "hello");
 * ```
 */
export class TcpSocket extends AbstractSocket {
  readonly #engine: SocketNeeds;

  /**
   * A socket that is not connected yet.
   *
   * @param options `readBufferSize`, `allowHalfOpen`, `localAddress`, `localPort`, `resettable`,
   * `scope`.
   */
  constructor(options: TcpSocketOptions = {}) {
    super(options);
    const { localAddress, localPort, resettable } = options;
    this.#engine = {
      ...(localAddress !== undefined && { localAddress }),
      ...(localPort !== undefined && { localPort }),
      ...(resettable !== undefined && { resettable }),
    };
  }

  /**
   * Connects, and gives the socket when it is connected.
   *
   * Needs `--allow-net=hostname:port`.
   *
   * @param options `hostname`, `port`; `timeout` in milliseconds, none by default; `signal`; the
   * options of the constructor.
   * @returns A connected socket.
   * @throws {SocketError} The connection failed; a missing permission is "socketAccess" with a
   * {@linkcode PermissionError} as its cause.
   * @throws {DOMException} "TimeoutError" after `timeout`; the signal's reason when it aborts.
   * @throws {RangeError} `port` is no port.
   */
  static connect(options: TcpConnectOptions): Promise<TcpSocket> {
    return TcpSocket._connected(new TcpSocket(options), options);
  }

  /**
   * A socket over a connection that exists already.
   *
   * @param connection Any transport; `Deno.TcpConn` fits as it is. The socket owns it from now on.
   * @param options The options of the constructor.
   * @returns A connected socket.
   */
  static from(connection: Deno.TcpConn | Transport, options: TcpSocketOptions = {}): TcpSocket {
    const socket = new TcpSocket(options);
    socket._adopt(connection);
    return socket;
  }

  /** For subclasses: connects `socket` and waits for it. */
  protected static async _connected<S extends TcpSocket>(
    socket: S,
    options: TcpConnectOptions,
  ): Promise<S> {
    const { hostname, port, signal, timeout } = options;
    signal?.throwIfAborted();
    socket.connectToHost(hostname, port, { timeout: -1 });
    try {
      await socket._untilConnected({ ...(signal && { signal }), timeout: timeout ?? -1 });
    } catch (error) {
      socket.abort();
      throw error;
    }
    return socket;
  }

  /** Adds what the constructor was asked for. */
  protected override get _needs(): SocketNeeds {
    return { ...super._needs, ...this.#engine };
  }
}
