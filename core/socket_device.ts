/**
 * What sockets with a connection share, over whatever they connect.
 *
 * @module
 */
import { socketErrorFrom } from "./_error_border.ts";
import { SocketError, type SocketErrorCode } from "./error.ts";
import { IODevice, type WaitOptions } from "./io_device.ts";
import type { PermissionScope } from "./permission.ts";
import { Signal } from "./signal.ts";
import type { Transport } from "./transport.ts";

/** Unread bytes beyond which a socket makes its peer wait, unless told otherwise. */
const READ_BUFFER_SIZE = 1024 * 1024;
/** Milliseconds for writing what is queued when the peer has ended its side. */
const FLUSH_TIMEOUT = 5_000;
/** Milliseconds for which a socket whose writing failed still reads what had arrived. */
const SALVAGE_TIMEOUT = 1_000;

/** The states that every socket has, as QLocalSocket::LocalSocketState. */
export type SocketDeviceState = "unconnected" | "connecting" | "connected" | "closing";

/** Options that every socket's constructor takes. */
export interface SocketDeviceOptions {
  /** Unread bytes beyond which the peer is made to wait; 1 MiB by default, 0 is no limit. */
  readBufferSize?: number;
  /** Goes on writing after the peer has ended its side; false by default, as in Qt. */
  allowHalfOpen?: boolean;
  /** Narrows what the socket may connect to. */
  scope?: PermissionScope;
}

/** What a socket has while it is connected. */
export interface SocketConnection {
  /** The bytes. */
  readonly transport: Transport;
}

/** An attempt to connect, for subclasses of {@linkcode SocketDevice}. */
export interface ConnectAttempt<C extends SocketConnection> {
  /** How sentences name the peer. */
  readonly peer: string;
  /** Opens the connection; the signal aborts when the attempt is given up. */
  open(signal: AbortSignal): Promise<C>;
}

/**
 * The base of sockets with a connection: states, the order of signals, how they end.
 *
 * When the peer closes, `errorOccurred` comes first, then the states `closing` and `unconnected`,
 * and `disconnected`; what had arrived can still be read. The world's failures never throw from a
 * socket.
 *
 * @typeParam C What the socket knows of its connection.
 * @typeParam S States beyond {@linkcode SocketDeviceState}.
 */
export abstract class SocketDevice<
  C extends SocketConnection = SocketConnection,
  S extends string = never,
> extends IODevice {
  /** The connection is there. */
  readonly connected: Signal = new Signal();
  /** The connection is gone, for whatever reason. */
  readonly disconnected: Signal = new Signal();
  /** The socket is in this state now. */
  readonly stateChanged: Signal<[state: SocketDeviceState | S]> = new Signal();
  /** Something failed; comes once for a failure. */
  readonly errorOccurred: Signal<[error: SocketError]> = new Signal();

  /** For subclasses: what the socket may connect to; what the process may, when there is none. */
  protected readonly _scope: PermissionScope | undefined;
  readonly #allowHalfOpen: boolean;
  #state: SocketDeviceState | S = "unconnected";
  #attempt: AbortController | null = null;
  #connection: C | null = null;
  /** For subclasses: what failed last. */
  protected _failure: SocketError | null = null;
  /** Why the attempt that is just ending failed. */
  #refusal: SocketError | null = null;
  #peer = "";

  /**
   * A socket that is not connected yet.
   *
   * @param options `scope`, `readBufferSize` (1 MiB by default), `allowHalfOpen` (false).
   */
  constructor(options: SocketDeviceOptions = {}) {
    super();
    this.readBufferSize = options.readBufferSize ?? READ_BUFFER_SIZE;
    this.#allowHalfOpen = options.allowHalfOpen ?? false;
    this._scope = options.scope;
  }

  /** Where the socket stands. */
  get state(): SocketDeviceState | S {
    return this.#state;
  }

  /** What failed last, or `null`; connecting anew clears it. */
  get error(): SocketErrorCode | null {
    return this._failure?.code ?? null;
  }

  /** The sentence of what failed last, or "". */
  get errorString(): string {
    return this._failure?.message ?? "";
  }

  /** Closes the connection at once and throws away what was not written yet. */
  abort(): void {
    this._drop("abort");
  }

  /** Ends the writing side once all that was written has left; reading goes on. */
  closeWriteChannel(): void {
    this._closeWriting();
  }

  /**
   * Waits until the connection is there.
   *
   * @param msecs Milliseconds, 30 000 by default, -1 for ever; or `timeout` and `signal`.
   * @returns False when the time is over or there is no attempt under way.
   * @throws The signal's reason when it aborts.
   */
  waitForConnected(msecs?: number | WaitOptions): Promise<boolean> {
    return this._waitFor(() => {
      if (this.#state === "connected") return true;
      return this._isConnecting ? undefined : false;
    }, msecs);
  }

  /**
   * Waits until the connection is gone.
   *
   * @param msecs Milliseconds, 30 000 by default, -1 for ever; or `timeout` and `signal`.
   * @returns False when the time is over.
   * @throws The signal's reason when it aborts.
   */
  waitForDisconnected(msecs?: number | WaitOptions): Promise<boolean> {
    return this._waitFor(() => this.#state === "unconnected" ? true : undefined, msecs);
  }

  /** For subclasses: whether the state is one of an attempt to connect. */
  protected get _isConnecting(): boolean {
    return this.#state === "connecting";
  }

  /** For subclasses: the connection, or `null`. */
  protected get _connection(): C | null {
    return this.#connection;
  }

  /** For subclasses: the scope of a call, which narrows the socket's, as an option to hand on. */
  protected _narrowed(scope: PermissionScope | undefined): { scope?: PermissionScope } {
    const narrowed = scope === undefined ? this._scope : this._scope?.narrow(scope) ?? scope;
    return narrowed === undefined ? {} : { scope: narrowed };
  }

  /** For subclasses: the error of the socket's own words for what was thrown. */
  protected _errorFrom(error: unknown, doing: string): SocketError {
    return socketErrorFrom(error, doing);
  }

  /**
   * For subclasses: whether a failed attempt is told before the state `unconnected`, as QLocalSocket
   * does and QAbstractSocket does not.
   */
  protected get _tellsFailureFirst(): boolean {
    return false;
  }

  /** For subclasses: begins an attempt, in the state `state`; a socket that is busy reports. */
  protected _connect(
    attempt: ConnectAttempt<C>,
    state: SocketDeviceState | S = "connecting",
  ): void {
    const { peer } = attempt;
    if (this.#state !== "unconnected") {
      const so = `the socket is ${this.#state}`;
      return this._report(new SocketError("operation", `Cannot connect to ${peer}: ${so}`));
    }
    const controller = this.#attempt = new AbortController();
    this._failure = this.#connection = null;
    this.#peer = peer;
    this._open();
    this._become(state);
    this.#await(attempt, controller);
  }

  /** For subclasses: takes over a connection that exists already, without a signal. */
  protected _adoptConnection(connection: C, peer: string): void {
    this._open();
    this.#state = "connected";
    this.#connection = connection;
    this.#peer = peer;
    this._attach(connection.transport);
  }

  /** For subclasses: waits for the connection; rejects with the error of the attempt. */
  protected async _untilConnected(options: WaitOptions): Promise<void> {
    try {
      await this._until(() => {
        if (this.#state === "connected") return true;
        if (this._isConnecting) return undefined;
        throw this._failure ??
          new SocketError("operation", "Cannot connect: the socket was closed");
      }, options);
    } catch (error) {
      this.abort();
      throw error;
    }
  }

  /** For subclasses: the connection is there, `connected` comes next. */
  protected _established(_connection: C): void {}

  /** For subclasses: changes the state and says so. */
  protected _become(state: SocketDeviceState | S): void {
    if (this.#state === state) return;
    this.#state = state;
    this._wake();
    this.stateChanged.emit(state);
  }

  /** For subclasses: keeps a failure and says so. */
  protected _report(failure: SocketError): void {
    this._failure = failure;
    this.errorOccurred.emit(failure);
  }

  /** Says `closing` first. */
  protected override _shut(timeout: number, until?: "written" | "read"): void {
    if (this.#state === "connected") this._become("closing");
    super._shut(timeout, until);
  }

  /** Tells how the session ended, in the order of the class. */
  protected override _dropped(): void {
    const wasConnected = this.#connection !== null;
    const refusal = this.#refusal;
    this.#attempt?.abort();
    this.#attempt = this.#refusal = null;
    this._become("unconnected");
    if (wasConnected) this._announceReadEnd();
    if (wasConnected) this.disconnected.emit();
    if (refusal !== null) this.errorOccurred.emit(refusal);
    // A slot may have connected the socket anew.
    if (this.#state !== "unconnected") return;
    this.#connection = null;
    this.#peer = "";
    super._dropped();
  }

  /** Tells why, and closes unless the socket may go on writing. */
  protected override _readEnded(error: unknown): void {
    const failure = error === undefined
      ? this._errorFrom(closedBy(this.#peer), "")
      : this._errorFrom(error, `read from ${this.#peer}`);
    this._finishReading(error === undefined ? null : failure);
    if (this.#state !== "connected") {
      return this.bytesToWrite === 0 || error !== undefined ? this._drop("close") : undefined;
    }
    if (error === undefined && this.#allowHalfOpen) {
      this._announceReadEnd();
      if (this.#state === "connected" && !this.isWritable) this._shut(FLUSH_TIMEOUT);
      return;
    }
    const connection = this.#connection;
    this._report(failure);
    if (this.#connection !== connection) return;
    if (error === undefined) this._shut(FLUSH_TIMEOUT);
    else this._drop("close");
  }

  /** Tells why, and reads what had arrived before it closes. */
  protected override _writeFailed(error: unknown): void {
    super._writeFailed(error);
    if (this.#state !== "connected") return;
    const connection = this.#connection;
    this._report(this._errorFrom(error, `write to ${this.#peer}`));
    // A reset that met our write may have left bytes to be read: nothing that arrived is lost.
    if (this.#connection === connection) this._shut(SALVAGE_TIMEOUT, "read");
  }

  async #await({ open, peer }: ConnectAttempt<C>, attempt: AbortController): Promise<void> {
    // Nothing is told before who called had time to connect slots.
    await Promise.resolve();
    if (this.#attempt !== attempt) return;
    try {
      const connection = await open(attempt.signal);
      if (this.#attempt !== attempt) return connection.transport.close();
      this.#begin(connection);
    } catch (error) {
      if (this.#attempt !== attempt) return;
      const failure = this._failure = this._errorFrom(error, `connect to ${peer}`);
      this._failWriting(failure);
      if (this._tellsFailureFirst) this.errorOccurred.emit(failure);
      else this.#refusal = failure;
      if (this.#attempt === attempt) this._drop("close");
    }
  }

  #begin(connection: C): void {
    const closesWhenWritten = !this.isOpen;
    this.#attempt = null;
    this.#connection = connection;
    this._attach(connection.transport);
    // Any slot may abort the connection.
    const isUp = () => this.#connection === connection && this.#state === "connected";
    this._become("connected");
    if (isUp()) this._established(connection);
    if (isUp()) this.connected.emit();
    if (isUp() && closesWhenWritten) this._become("closing");
  }
}

function closedBy(peer: string): SocketError {
  return new SocketError("remoteHostClosed", `Cannot read more from ${peer}: it closed its side`);
}
