/**
 * What all sockets share: the states, the order of the signals, connecting and closing.
 *
 * @module
 */
import type { Dialled, SocketNeeds } from "../core/_dial.ts";
import { socketErrorFrom } from "../core/_error_border.ts";
import { SocketError, type SocketErrorCode } from "../core/error.ts";
import { IODevice, type WaitOptions } from "../core/io_device.ts";
import { PermissionScope } from "../core/permission.ts";
import { Signal } from "../core/signal.ts";
import type { Transport } from "../core/transport.ts";
import { HostAddress } from "../protocol/host_address.ts";
import { checkedPort, connectionOf, connectTo } from "./_connect.ts";
import type {
  AbstractSocketOptions,
  BindOptions,
  ConnectToHostOptions,
  SocketState,
} from "./_socket_options.ts";
import { applySocketOption, checkedOption, needsOf, type SocketOption } from "./_socket_options.ts";

export type {
  AbstractSocketOptions,
  BindOptions,
  ConnectToHostOptions,
  SocketOption,
  SocketState,
} from "./_socket_options.ts";

/** Unread bytes beyond which a socket makes its peer wait, unless told otherwise. */
const READ_BUFFER_SIZE = 1024 * 1024;
/** Milliseconds for a connection to come about, as in Qt. */
const CONNECT_TIMEOUT = 30_000;
/** Milliseconds for writing what is queued when the peer has ended its side. */
const FLUSH_TIMEOUT = 5_000;
/** Milliseconds for which a socket whose writing failed still reads what had arrived. */
const SALVAGE_TIMEOUT = 1_000;

/**
 * The base of all sockets, after QAbstractSocket.
 *
 * States follow Qt's order: `hostLookup`, `connecting`, `hostFound`, `connected`. When the remote
 * host closes, `errorOccurred` ("remoteHostClosed") comes first, then `closing`, `unconnected` and
 * `disconnected`; what had arrived can still be read. A failed attempt is `unconnected` first and
 * `errorOccurred` after. The world's failures never throw from a socket.
 */
export abstract class AbstractSocket extends IODevice {
  /** The host's addresses are known; for a literal address too. */
  readonly hostFound: Signal = new Signal();
  /** The connection is there. */
  readonly connected: Signal = new Signal();
  /** The connection is gone, for whatever reason. */
  readonly disconnected: Signal = new Signal();
  /** The socket is in this state now. */
  readonly stateChanged: Signal<[state: SocketState]> = new Signal();
  /** Something failed; comes once for a failure. */
  readonly errorOccurred: Signal<[error: SocketError]> = new Signal();

  /** Any word of the application's, for proxy factories to look at. */
  protocolTag = "";
  /** Whether the socket goes on after the peer has ended its side. */
  protected readonly _allowHalfOpen: boolean;
  /** For subclasses: what the socket may reach. */
  protected readonly _scope: PermissionScope;
  readonly #options = new Map<SocketOption, number | boolean>();
  #state: SocketState = "unconnected";
  #attempt: AbortController | null = null;
  #connection: Dialled | null = null;
  /** For subclasses: what failed last. */
  protected _failure: SocketError | null = null;
  /** Why the attempt that is just ending failed. */
  #refusal: SocketError | null = null;
  #peerName = "";

  /** @param options `scope`, `readBufferSize` (1 MiB by default), `allowHalfOpen` (false). */
  constructor(options: AbstractSocketOptions = {}) {
    super();
    this.readBufferSize = options.readBufferSize ?? READ_BUFFER_SIZE;
    this._allowHalfOpen = options.allowHalfOpen ?? false;
    this._scope = options.scope ?? PermissionScope.process;
  }

  /** Where the socket stands. */
  get state(): SocketState {
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

  /** This end's address; null while unconnected. */
  get localAddress(): HostAddress {
    return this.#connection?.localAddress ?? HostAddress.null;
  }

  /** This end's port; 0 while unconnected. */
  get localPort(): number {
    return this.#connection?.localPort ?? 0;
  }

  /** The other end's address; null while unconnected. */
  get peerAddress(): HostAddress {
    return this.#connection?.peerAddress ?? HostAddress.null;
  }

  /** The other end's port; 0 while unconnected. */
  get peerPort(): number {
    return this.#connection?.peerPort ?? 0;
  }

  /** The host as it was given to {@linkcode connectToHost}; "" while unconnected. */
  get peerName(): string {
    return this.#peerName;
  }

  /**
   * Begins to connect; what comes of it is told by signals and by {@linkcode waitForConnected}.
   * What is written meanwhile leaves once the connection is there.
   *
   * Needs `--allow-net=host:port`, the host as it is written here; without it the attempt fails
   * with "socketAccess" and names the flag.
   *
   * @param host A name or an address.
   * @param port 0 to 65 535.
   * @param options `protocol`, `timeout`, `scope`.
   * @throws {RangeError} `port` is no port.
   * @throws {TypeError} `host` is empty.
   */
  connectToHost(
    host: string | HostAddress,
    port: number,
    options: ConnectToHostOptions = {},
  ): void {
    const target = { hostname: `${host}`, port: checkedPort(port) };
    if (target.hostname === "") throw new TypeError("Cannot connect to a host: its name is empty");
    if (this.#state !== "unconnected") {
      const what = `connect to ${target.hostname}:${port}`;
      return this._report(
        new SocketError("operation", `Cannot ${what}: the socket is ${this.#state}`),
      );
    }
    const attempt = this.#attempt = new AbortController();
    this._failure = this.#connection = null;
    this.#peerName = target.hostname;
    this._open();
    this._become("hostLookup");
    this.#dial(attempt, target, options);
  }

  /**
   * Asks for a local address and port.
   *
   * @returns Whether it was done. A stream socket cannot be bound before it connects here: its
   * `localAddress` and `localPort` are options of its constructor.
   */
  bind(_options: BindOptions = {}): boolean {
    const so = "Deno binds only while it connects; give localAddress and localPort at construction";
    this.#reportUnsupported("bind the socket", so);
    return false;
  }

  /**
   * Closes the connection once all that was written has left; until then the socket is `closing`
   * and still reads. While it connects it waits for the connection first, if there is anything to
   * write.
   */
  disconnectFromHost(): void {
    this._shut(Infinity);
  }

  /**
   * Closes the connection at once and throws away what was not written yet. Only a socket made
   * with `resettable` also tells the peer by a reset; else it sees an orderly end.
   */
  abort(): void {
    this._drop("abort");
  }

  /** Ends the writing side once all that was written has left; reading goes on. */
  closeWriteChannel(): void {
    this._closeWriting();
  }

  /**
   * Sets an option of the socket; before the connection is there, it is kept until then.
   *
   * "keepAliveIdle" can be set only while the socket is unconnected, and makes the connection one
   * of node's engine, which is slower; later the socket fails with "unsupportedSocketOperation".
   *
   * @param option "lowDelay" (no Nagle algorithm), "keepAlive", "keepAliveIdle".
   * @param value On or off; seconds for "keepAliveIdle".
   * @throws {RangeError} `value` is no number of seconds.
   */
  setSocketOption(option: SocketOption, value: number | boolean): void {
    checkedOption(option, value);
    if (option === "keepAliveIdle" && this.#state !== "unconnected") {
      const so = `the socket is ${this.#state} already`;
      return this.#reportUnsupported(`set ${option} of the socket`, so);
    }
    this.#options.set(option, value);
    if (this.#connection !== null) this.#apply(option, value);
  }

  /** What {@linkcode setSocketOption} set, or `null`. */
  socketOption(option: SocketOption): number | boolean | null {
    return this.#options.get(option) ?? null;
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
      return this.#state === "hostLookup" || this.#state === "connecting" ? undefined : false;
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

  /** For subclasses: what the connection needs beyond plain TCP. */
  protected get _needs(): SocketNeeds {
    return needsOf(this.#options);
  }

  /** For subclasses: takes over a connection that exists already, without a signal. */
  protected _adopt(transport: Transport): void {
    this._open();
    this.#state = "connected";
    this.#connection = connectionOf(transport);
    this.#peerName = `${this.peerAddress}`;
    this._attach(transport);
  }

  /** For subclasses: waits for the connection; rejects with the error of the attempt. */
  protected async _untilConnected(options: WaitOptions): Promise<void> {
    await this._until(() => {
      if (this.#state === "connected") return true;
      if (this.#attempt !== null) return undefined;
      throw this._failure ?? new SocketError("operation", "Cannot connect: the socket was closed");
    }, options);
  }

  protected override _shut(timeout: number, until?: "written" | "read"): void {
    if (this.#state === "connected" || this.#state === "bound") this._become("closing");
    super._shut(timeout, until);
  }

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
    this.#peerName = "";
    super._dropped();
  }

  protected override _readEnded(error: unknown): void {
    const name = this.#peerName;
    const failure = error === undefined
      ? new SocketError("remoteHostClosed", `Cannot read more from ${name}: it closed its side`)
      : socketErrorFrom(error, `read from ${name}`);
    this._finishReading(error === undefined ? null : failure);
    if (this.#state !== "connected") {
      return this.bytesToWrite === 0 || error !== undefined ? this._drop("close") : undefined;
    }
    if (error === undefined && this._allowHalfOpen) {
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

  protected override _writeFailed(error: unknown): void {
    super._writeFailed(error);
    if (this.#state !== "connected") return;
    const connection = this.#connection;
    this._report(socketErrorFrom(error, `write to ${this.#peerName}`));
    // A reset that met our write may have left bytes to be read: nothing that arrived is lost.
    if (this.#connection === connection) this._shut(SALVAGE_TIMEOUT, "read");
  }

  async #dial(
    attempt: AbortController,
    target: { hostname: string; port: number },
    options: ConnectToHostOptions,
  ): Promise<void> {
    // Whatever the host, nothing is told before who called had time to connect slots.
    await Promise.resolve();
    if (this.#attempt !== attempt) return;
    try {
      const connection = await connectTo(target, {
        ...options,
        ...this._needs,
        timeout: options.timeout ?? CONNECT_TIMEOUT,
        scope: this._scope.narrow(options.scope ?? PermissionScope.process),
        signal: attempt.signal,
        onLookup: () => {
          if (this.#attempt !== attempt) return;
          this._become("connecting");
          if (this.#attempt === attempt) this.hostFound.emit();
        },
      });
      if (this.#attempt !== attempt) return connection.transport.close();
      this.#established(connection);
    } catch (error) {
      if (this.#attempt !== attempt) return;
      const failure = socketErrorFrom(error, `connect to ${target.hostname}:${target.port}`);
      this._failWriting(failure);
      // The state is told first, then why: Qt's order.
      this._failure = this.#refusal = failure;
      this._drop("close");
    }
  }

  #established(connection: Dialled): void {
    const closesWhenWritten = !this.isOpen;
    this.#attempt = null;
    this.#connection = connection;
    this._attach(connection.transport);
    // Any slot may abort the connection.
    const isUp = () => this.#connection === connection && this.#state === "connected";
    this._become("connected");
    for (const [option, value] of this.#options) if (isUp()) this.#apply(option, value);
    if (isUp()) this.connected.emit();
    if (isUp() && closesWhenWritten) this._become("closing");
  }

  /** For subclasses: changes the state and says so. */
  protected _become(state: SocketState): void {
    if (this.#state === state) return;
    this.#state = state;
    this._wake();
    this.stateChanged.emit(state);
  }

  /** For subclasses: a failure that leaves the state as it is. */
  protected _report(failure: SocketError): void {
    this._failure = failure;
    this.errorOccurred.emit(failure);
  }

  #apply(option: SocketOption, value: number | boolean): void {
    if (applySocketOption(this.#connection!.transport, option, value)) return;
    this.#reportUnsupported(`set ${option} of the socket`, "the connection has no such option");
  }

  #reportUnsupported(doing: string, so: string): void {
    this._report(new SocketError("unsupportedSocketOperation", `Cannot ${doing}: ${so}`));
  }
}
