/**
 * TCP servers.
 *
 * @module
 */
import { socketErrorFrom } from "../core/_error_border.ts";
import { InvalidStateError } from "../core/error.ts";
import type { OpenOptions, WaitOptions } from "../core/io_device.ts";
import type { PermissionScope } from "../core/permission.ts";
import { SocketServer } from "../core/socket_server.ts";
import { HostAddress } from "../protocol/host_address.ts";
import { listenByDeno, listenByNode, listening } from "./_listen.ts";
import type { AcceptedConnection, Listener } from "./_node_listener.ts";
import { TcpSocket } from "./tcp_socket.ts";

export type { AcceptedConnection, Listener as TcpListener } from "./_node_listener.ts";

/** What {@linkcode TcpServer.listen} listens on. */
export interface TcpListenOptions {
  /** The local address; by default any, IPv6 and IPv4 alike where the system has both. */
  address?: string | HostAddress;
  /** The local port; 0, the default, lets the system choose: see {@linkcode TcpServer.serverPort}. */
  port?: number;
  /** Connections that the system keeps before the server accepts them; 50 by default, as in Qt. */
  backlog?: number;
  /**
   * Lets several servers, also of several processes, listen on the port; the system spreads the
   * connections. Only {@linkcode TcpServer.listen} of the class can do it.
   */
  reusePort?: boolean;
  /** Narrows where may be listened. */
  scope?: PermissionScope;
}

/** Options of {@linkcode TcpServer}. */
export interface TcpServerOptions<S extends TcpSocket = TcpSocket> {
  /**
   * Makes the socket of a connection: where Qt overrides incomingConnection(). What it throws is
   * reported, and the connection closed.
   */
  makeSocket?: (connection: AcceptedConnection) => S;
  /** Whether accepted sockets go on after their peer has ended its side; false by default. */
  allowHalfOpen?: boolean;
}

/**
 * A TCP server, after QTcpServer: it accepts connections and hands them out as sockets, by
 * {@linkcode nextPendingConnection} or by iteration.
 *
 * While {@linkcode maxPendingConnections} sockets wait to be taken, nothing more is accepted.
 *
 * Needs `--allow-net=address:port`; for a port that the system chooses, `--allow-net=address`.
 *
 * @example
 * ```ts
 * import { TcpServer, TcpSocket } from "@quayside/quayside/net";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = await TcpServer.listen({ address: "127.0.0.1" });
 * await using client = await TcpSocket.connect({ hostname: "127.0.0.1", port: server.serverPort });
 * for await (const socket of server) {
 *   assertEquals(socket.peerPort, client.localPort);
 *   socket.close();
 *   break;
 * }
 * ```
 *
 * @typeParam S The class of the sockets.
 */
export class TcpServer<S extends TcpSocket = TcpSocket>
  extends SocketServer<S, AcceptedConnection, Listener> {
  readonly #makeSocket: (connection: AcceptedConnection) => S;

  /**
   * A server that does not listen yet.
   *
   * @param options `makeSocket`, `allowHalfOpen`.
   */
  constructor(options: TcpServerOptions<S> = {}) {
    super();
    const { makeSocket, allowHalfOpen = false } = options;
    // Only who gives a factory can ask for another class than TcpSocket.
    this.#makeSocket = makeSocket ??
      ((connection) => TcpSocket.from(connection, { allowHalfOpen }) as S);
  }

  /**
   * A server that listens.
   *
   * Needs `--allow-net=address:port`.
   *
   * @param options `address`, `port`, `backlog`, `reusePort`, `scope`; `makeSocket`,
   * `allowHalfOpen`; `signal`.
   * @returns A listening server.
   * @throws {SocketError} Listening failed: "addressInUse", "socketAddressNotAvailable",
   * "socketAccess" with a {@linkcode PermissionError} as its cause, …
   * @throws {RangeError} `port` is no port.
   */
  static async listen<S extends TcpSocket = TcpSocket>(
    options: TcpListenOptions & TcpServerOptions<S> & OpenOptions = {},
  ): Promise<TcpServer<S>> {
    options.signal?.throwIfAborted();
    const server = new TcpServer<S>(options);
    if (options.reusePort) await server.#listenByNode(options);
    else server.listen(options);
    if (!server.isListening) throw server._failure;
    return server;
  }

  /** The address the server listens on; null when it does not. */
  get serverAddress(): HostAddress {
    const hostname = this._listener?.addr.hostname;
    return hostname === undefined ? HostAddress.null : new HostAddress(hostname);
  }

  /** The port the server listens on; 0 when it does not. */
  get serverPort(): number {
    return this._listener?.addr.port ?? 0;
  }

  /**
   * Begins to listen.
   *
   * Needs `--allow-net=address:port`.
   *
   * @param options `address`, `port`, `backlog`, `scope`; with `reusePort` it fails with
   * "unsupportedSocketOperation", since that cannot be done at once.
   * @returns Whether the server listens now; if not, {@linkcode serverError} says why.
   * @throws {InvalidStateError} The server listens already.
   * @throws {RangeError} `port` is no port.
   */
  listen(options: TcpListenOptions = {}): boolean {
    if (this.isListening) {
      throw new InvalidStateError(`Cannot listen: the server listens on port ${this.serverPort}`);
    }
    const doing = listening(options);
    try {
      this._begin(listenByDeno(options));
    } catch (error) {
      this._refuse(socketErrorFrom(error, doing));
    }
    return this.isListening;
  }

  /** For subclasses: the socket of a connection. */
  protected override _socketFor(connection: AcceptedConnection): S {
    return this.#makeSocket(connection);
  }

  async #listenByNode(options: TcpListenOptions & WaitOptions): Promise<void> {
    const doing = listening(options);
    try {
      const listener = await listenByNode(options);
      if (!options.signal?.aborted) return this._begin(listener);
      listener.close();
    } catch (error) {
      this._refuse(socketErrorFrom(error, doing));
    }
    options.signal?.throwIfAborted();
  }
}
