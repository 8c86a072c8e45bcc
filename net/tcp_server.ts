/**
 * TCP servers.
 *
 * @module
 */
import { socketErrorFrom } from "../core/_error_border.ts";
import { endSignals, restartSignals } from "../core/_signals.ts";
import { Waiters } from "../core/_wait.ts";
import { InvalidStateError, SocketError, type SocketErrorCode } from "../core/error.ts";
import type { OpenOptions, WaitOptions } from "../core/io_device.ts";
import { hostAndPort, PermissionScope } from "../core/permission.ts";
import { Signal } from "../core/signal.ts";
import { HostAddress } from "../protocol/host_address.ts";
import { checkedPort } from "./_connect.ts";
import { TcpSocket } from "./tcp_socket.ts";

/** What {@linkcode TcpServer.listen} listens on. */
export interface TcpListenOptions {
  /** The local address; by default any, IPv6 and IPv4 alike where the system has both. */
  address?: string | HostAddress;
  /** The local port; 0, the default, lets the system choose: see {@linkcode TcpServer.serverPort}. */
  port?: number;
  /** Connections that the system keeps before the server accepts them; 50 by default, as in Qt. */
  backlog?: number;
  /** Narrows where may be listened. */
  scope?: PermissionScope;
}

/** Options of {@linkcode TcpServer}. */
export interface TcpServerOptions<S extends TcpSocket = TcpSocket> {
  /** Makes the socket of a connection: where Qt overrides incomingConnection(). */
  makeSocket?: (connection: Deno.TcpConn) => S;
  /** Whether accepted sockets go on after their peer has ended its side; false by default. */
  allowHalfOpen?: boolean;
}

/** Accepted connections that wait at the most, as in Qt. */
const MAX_PENDING_CONNECTIONS = 30;
/** Connections that the system keeps, as in Qt. */
const BACKLOG = 50;

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
  implements AsyncDisposable, AsyncIterable<S> {
  /** A connection was accepted; it is the last of the pending ones. */
  readonly newConnection: Signal = new Signal();
  /** A connection waits to be taken. */
  readonly pendingConnectionAvailable: Signal = new Signal();
  /** Accepting failed; the server has paused, see {@linkcode resumeAccepting}. */
  readonly acceptError: Signal<[error: SocketError]> = new Signal();

  /** Accepted connections that wait at the most; nothing is accepted beyond. 30 by default. */
  maxPendingConnections: number = MAX_PENDING_CONNECTIONS;

  readonly #makeSocket: (connection: Deno.TcpConn) => S;
  readonly #waiters = new Waiters();
  readonly #pending: S[] = [];
  #listener: Deno.TcpListener | null = null;
  #paused = false;
  #iterating = false;
  #referenced = true;
  #failure: SocketError | null = null;

  /** @param options `makeSocket`, `allowHalfOpen`. */
  constructor(options: TcpServerOptions<S> = {}) {
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
   * @param options `address`, `port`, `backlog`, `scope`; `makeSocket`, `allowHalfOpen`.
   * @returns A listening server.
   * @throws {SocketError} Listening failed: "addressInUse", "socketAddressNotAvailable",
   * "socketAccess" with a {@linkcode PermissionError} as its cause, …
   * @throws {RangeError} `port` is no port.
   */
  static listen<S extends TcpSocket = TcpSocket>(
    options: TcpListenOptions & TcpServerOptions<S> & OpenOptions = {},
  ): Promise<TcpServer<S>> {
    if (options.signal?.aborted) return Promise.reject(options.signal.reason);
    const server = new TcpServer<S>(options);
    if (server.listen(options)) return Promise.resolve(server);
    return Promise.reject(server.#failure);
  }

  /** Whether the server listens. */
  get isListening(): boolean {
    return this.#listener !== null;
  }

  /** The address the server listens on; null when it does not. */
  get serverAddress(): HostAddress {
    const hostname = this.#listener?.addr.hostname;
    return hostname === undefined ? HostAddress.null : new HostAddress(hostname);
  }

  /** The port the server listens on; 0 when it does not. */
  get serverPort(): number {
    return this.#listener?.addr.port ?? 0;
  }

  /** What failed last, or `null`. */
  get serverError(): SocketErrorCode | null {
    return this.#failure?.code ?? null;
  }

  /** The sentence of what failed last, or "". */
  get errorString(): string {
    return this.#failure?.message ?? "";
  }

  /**
   * Begins to listen.
   *
   * Needs `--allow-net=address:port`.
   *
   * @param options `address`, `port`, `backlog`, `scope`.
   * @returns Whether the server listens now; if not, {@linkcode serverError} says why.
   * @throws {InvalidStateError} The server listens already.
   * @throws {RangeError} `port` is no port.
   */
  listen(options: TcpListenOptions = {}): boolean {
    const { address = HostAddress.any, scope = PermissionScope.process } = options;
    const port = checkedPort(options.port ?? 0);
    if (this.#listener !== null) {
      throw new InvalidStateError(`Cannot listen: the server listens on port ${this.serverPort}`);
    }
    this.#failure = null;
    const hostname = `${address}`;
    try {
      scope.require({ name: "net", host: hostAndPort(hostname, port) });
      this.#listener = listenOn(address, port, options.backlog ?? BACKLOG);
    } catch (error) {
      this.#failure = socketErrorFrom(error, `listen on ${hostAndPort(hostname, port)}`);
      return false;
    }
    if (!this.#referenced) this.#listener.unref();
    restartSignals(this);
    this.#accept(this.#listener);
    return true;
  }

  /** Whether a connection waits to be taken. */
  hasPendingConnections(): boolean {
    return this.#pending.length > 0;
  }

  /**
   * Takes the connection that has waited longest.
   *
   * @returns A connected socket, which is the caller's to close; `null` when none waits.
   */
  nextPendingConnection(): S | null {
    const socket = this.#pending.shift() ?? null;
    this.#waiters.wake();
    return socket;
  }

  /**
   * Waits until a connection can be taken.
   *
   * @param msecs Milliseconds, 30 000 by default, -1 for ever; or `timeout` and `signal`.
   * @returns False when the time is over or the server does not listen.
   * @throws The signal's reason when it aborts.
   */
  waitForNewConnection(msecs?: number | WaitOptions): Promise<boolean> {
    return this.#waiters.waitFor(() => {
      if (this.#pending.length > 0) return true;
      return this.#listener === null ? false : undefined;
    }, msecs);
  }

  /** Accepts nothing until {@linkcode resumeAccepting}; the system's own queue fills up. */
  pauseAccepting(): void {
    this.#paused = true;
  }

  /** Accepts again, after {@linkcode pauseAccepting} or an {@linkcode acceptError}. */
  resumeAccepting(): void {
    this.#paused = false;
    this.#waiters.wake();
  }

  /** Keeps the process alive while the server listens: the default. */
  ref(): void {
    this.#referenced = true;
    this.#listener?.ref();
  }

  /** Lets the process end although the server listens. */
  unref(): void {
    this.#referenced = false;
    this.#listener?.unref();
  }

  /**
   * Stops listening, and aborts the connections that nobody has taken (as in Qt). Sockets that were
   * taken go on.
   */
  close(): void {
    const listener = this.#listener;
    if (listener === null) return;
    this.#listener = null;
    listener.close();
    for (const socket of this.#pending.splice(0)) socket.abort();
    this.#waiters.wake();
    endSignals(this);
  }

  /** Stops listening; see {@linkcode close}. */
  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  /**
   * Takes connections as they come, until the server closes.
   *
   * @throws {InvalidStateError} (from the loop) Another loop takes them.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<S, undefined> {
    if (this.#iterating) {
      throw new InvalidStateError("Cannot iterate over the server: another loop does");
    }
    this.#iterating = true;
    try {
      while (await this.waitForNewConnection(-1)) {
        const socket = this.nextPendingConnection();
        if (socket !== null) yield socket;
      }
    } finally {
      this.#iterating = false;
    }
  }

  async #accept(listener: Deno.TcpListener): Promise<void> {
    while (await this.#mayAccept(listener)) {
      let connection: Deno.TcpConn;
      try {
        connection = await listener.accept();
      } catch (error) {
        if (this.#listener !== listener) return;
        this.#failure = socketErrorFrom(error, "accept a connection");
        this.#paused = true;
        this.acceptError.emit(this.#failure);
        continue;
      }
      if (this.#listener !== listener) return connection.close();
      this.#pending.push(this.#makeSocket(connection));
      this.#waiters.wake();
      this.newConnection.emit();
      this.pendingConnectionAvailable.emit();
    }
  }

  /** Waits until a connection may be accepted; false when the server has closed. */
  #mayAccept(listener: Deno.TcpListener): Promise<boolean> {
    return this.#waiters.until(() => {
      if (this.#listener !== listener) return false;
      const full = this.#pending.length >= this.maxPendingConnections;
      return this.#paused || full ? undefined : true;
    });
  }
}

function listenOn(
  address: string | HostAddress,
  port: number,
  tcpBacklog: number,
): Deno.TcpListener {
  if (address !== HostAddress.any) return Deno.listen({ hostname: `${address}`, port, tcpBacklog });
  try {
    return Deno.listen({ hostname: "::", port, tcpBacklog });
  } catch (error) {
    // A machine without IPv6.
    if (error instanceof Deno.errors.AddrNotAvailable || isUnsupportedFamily(error)) {
      return Deno.listen({ hostname: "0.0.0.0", port, tcpBacklog });
    }
    throw error;
  }
}

function isUnsupportedFamily(error: unknown): boolean {
  return (error as { code?: unknown }).code === "EAFNOSUPPORT";
}
