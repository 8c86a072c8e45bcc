/**
 * What servers share, over whatever they accept from.
 *
 * @module
 */
import { socketErrorFrom } from "./_error_border.ts";
import { reportLater } from "./_report.ts";
import { endSignals, restartSignals } from "./_signals.ts";
import { Waiters } from "./_wait.ts";
import { InvalidStateError, type SocketError, type SocketErrorCode } from "./error.ts";
import type { WaitOptions } from "./io_device.ts";
import { Signal } from "./signal.ts";

/** What a server accepts from: `Deno.Listener` is one. */
export interface SocketListener<C> {
  /** Waits for a connection. */
  accept(): Promise<C>;
  /** Stops listening; an accept under way rejects. */
  close(): void;
  /** Keeps the process alive: the default. */
  ref(): void;
  /** Lets the process end. */
  unref(): void;
}

/** Accepted connections that wait at the most, as in Qt. */
const MAX_PENDING_CONNECTIONS = 30;

/**
 * The base of servers: it accepts connections and hands them out as sockets, by
 * {@linkcode nextPendingConnection} or by iteration.
 *
 * While {@linkcode maxPendingConnections} sockets wait to be taken, nothing more is accepted.
 *
 * @typeParam S The class of the sockets.
 * @typeParam C What is accepted.
 * @typeParam L What is accepted from.
 */
export abstract class SocketServer<
  S extends { abort(): void },
  C extends { close(): void },
  L extends SocketListener<C> = SocketListener<C>,
> implements AsyncDisposable, AsyncIterable<S> {
  /** A connection was accepted and can be taken. */
  readonly newConnection: Signal = new Signal();
  /** A connection has joined the pending ones; comes before {@linkcode newConnection}, as in Qt. */
  readonly pendingConnectionAvailable: Signal = new Signal();
  /** Accepting failed; the server has paused, see {@linkcode resumeAccepting}. */
  readonly acceptError: Signal<[error: SocketError]> = new Signal();

  readonly #waiters = new Waiters();
  readonly #pending: S[] = [];
  #listener: L | null = null;
  #maxPendingConnections = MAX_PENDING_CONNECTIONS;
  #paused = false;
  #iterating = false;
  #referenced = true;
  #failure: SocketError | null = null;
  #accepting = Promise.resolve();

  /** Whether the server listens. */
  get isListening(): boolean {
    return this.#listener !== null;
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

  /** Stops listening, see {@linkcode close}, and waits until the system has let go. */
  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return this.#accepting;
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

  /** For subclasses: the socket of a connection. What it throws closes the connection. */
  protected abstract _socketFor(connection: C): S;

  /** For subclasses: what is accepted from, or `null`. */
  protected get _listener(): L | null {
    return this.#listener;
  }

  /** For subclasses: the last failure, with its cause. */
  protected get _failure(): SocketError | null {
    return this.#failure;
  }

  /** For subclasses: the server does not listen, because of this. */
  protected _refuse(failure: SocketError): void {
    this.#failure = failure;
  }

  /** For subclasses: accepting begins. */
  protected _begin(listener: L): void {
    this.#failure = null;
    this.#listener = listener;
    if (!this.#referenced) listener.unref();
    restartSignals(this);
    this.#accepting = this.#accept(listener);
  }

  async #accept(listener: L): Promise<void> {
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

  #add(connection: C): void {
    const listener = this.#listener;
    try {
      this.#pending.push(this._socketFor(connection));
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
  #mayAccept(listener: L): Promise<boolean> {
    return this.#waiters.until(() => {
      if (this.#listener !== listener) return false;
      const full = this.#pending.length >= this.#maxPendingConnections;
      return this.#paused || full ? undefined : true;
    });
  }
}
