/**
 * TCP servers.
 *
 * @module
 */
import { socketErrorFrom } from "../core/_error_border.ts";
import { reportLater } from "../core/_report.ts";
import { endSignals, restartSignals } from "../core/_signals.ts";
import { Waiters } from "../core/_wait.ts";
import { InvalidStateError, type SocketError, type SocketErrorCode } from "../core/error.ts";
import type { OpenOptions, WaitOptions } from "../core/io_device.ts";
import type { PermissionScope } from "../core/permission.ts";
import { Signal } from "../core/signal.ts";
import { HostAddress } from "../protocol/host_address.ts";
import { listenByDeno, listenByNode, listening } from "./_listen.ts";
import type { AcceptedConnection, Listener } from "./_node_listener.ts";
import { TcpSocket } from "./tcp_socket.ts";

export type { AcceptedConnection } from "./_node_listener.ts";

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

/** Accepted connections that wait at the most, as in Qt. */
const MAX_PENDING_CONNECTIONS = 30;

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
  /** A connection was accepted and can be taken. */
  readonly newConnection: Signal = new Signal();
  /** A connection has joined the pending ones; comes before {@linkcode newConnection}, as in Qt. */
  readonly pendingConnectionAvailable: Signal = new Signal();
  /** Accepting failed; the server has paused, see {@linkcode resumeAccepting}. */
  readonly acceptError: Signal<[error: SocketError]> = new Signal();

  readonly #makeSocket: (connection: AcceptedConnection) => S;
  readonly #waiters = new Waiters();
  readonly #pending: S[] = [];
  #listener: Listener | null = null;
  #maxPendingConnections = MAX_PENDING_CONNECTIONS;
  #paused = false;
  #iterating = false;
  #referenced = true;
  #failure: SocketError | null = null;

  /**
   * A server that does not listen yet.
   *
   * @param options `makeSocket`, `allowHalfOpen`.
   */
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
    if (!server.isListening) throw server.#failure;
    return server;
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
   * @param options `address`, `port`, `backlog`, `scope`; with `reusePort` it fails with
   * "unsupportedSocketOperation", since that cannot be done at once.
   * @returns Whether the server listens now; if not, {@linkcode serverError} says why.
   * @throws {InvalidStateError} The server listens already.
   * @throws {RangeError} `port` is no port.
   */
  listen(options: TcpListenOptions = {}): boolean {
    if (this.#listener !== null) {
      throw new InvalidStateError(`Cannot listen: the server listens on port ${this.serverPort}`);
    }
    const doing = listening(options);
    try {
      this.#begin(listenByDeno(options));
    } catch (error) {
      this.#failure = socketErrorFrom(error, doing);
    }
    return this.isListening;
  }

  /**
   * Accepted connections that wait to be taken at the most; nothing is accepted beyond. 30 by
   * default, as in Qt.
   */
  get maxPendingConnections(): number {
    return this.#maxPendingConnections;
  }
  set maxPendingConnections(count: number) {
    if (!(count >= 0)) {
      throw new RangeError(`Cannot keep ${count} pending connections: expected 0 or more`);
    }
    this.#maxPendingConnections = count;
    this.#waiters.wake();
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

  async #listenByNode(options: TcpListenOptions & WaitOptions): Promise<void> {
    const doing = listening(options);
    try {
      const listener = await listenByNode(options);
      if (!options.signal?.aborted) return this.#begin(listener);
      listener.close();
    } catch (error) {
      this.#failure = socketErrorFrom(error, doing);
    }
    options.signal?.throwIfAborted();
  }

  #begin(listener: Listener): void {
    this.#failure = null;
    this.#listener = listener;
    if (!this.#referenced) listener.unref();
    restartSignals(this);
    this.#accept(listener);
  }

  async #accept(listener: Listener): Promise<void> {
    while (await this.#mayAccept(listener)) {
      try {
        const connection = await listener.accept();
        // What comes while accepting is paused waits, as it would in the system's queue.
        if (await this.#mayAccept(listener)) this.#add(connection);
        else connection.close();
      } catch (error) {
        if (this.#listener === listener) this.#acceptFailed(error);
      }
    }
  }

  #add(connection: AcceptedConnection): void {
    const listener = this.#listener;
    try {
      this.#pending.push(this.#makeSocket(connection));
    } catch (error) {
      connection.close();
      return reportLater(error);
    }
    this.#waiters.wake();
    this.pendingConnectionAvailable.emit();
    if (this.#listener === listener) this.newConnection.emit();
  }

  #acceptFailed(error: unknown): void {
    const failure = socketErrorFrom(error, "accept a connection");
    // A client that gave up before it was accepted is no reason to stop.
    if (failure.code === "remoteHostClosed" || failure.code === "temporary") return;
    this.#failure = failure;
    this.#paused = true;
    this.acceptError.emit(failure);
  }

  /** Waits until a connection may be accepted; false when the server has closed. */
  #mayAccept(listener: Listener): Promise<boolean> {
    return this.#waiters.until(() => {
      if (this.#listener !== listener) return false;
      const full = this.#pending.length >= this.#maxPendingConnections;
      return this.#paused || full ? undefined : true;
    });
  }
}
