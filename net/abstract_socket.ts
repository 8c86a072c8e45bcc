/**
 * What all sockets share: the states, the order of the signals, connecting and closing.
 *
 * @module
 */
import type { Dialled, SocketNeeds } from "../core/_dial.ts";
import { SocketError } from "../core/error.ts";
import { Signal } from "../core/signal.ts";
import { SocketDevice, type SocketDeviceState } from "../core/socket_device.ts";
import type { Transport } from "../core/transport.ts";
import { HostAddress } from "../protocol/host_address.ts";
import { checkedPort, connectionOf, connectTo } from "./_connect.ts";
import type {
  BindOptions,
  ConnectToHostOptions,
  SocketOption,
  SocketState,
} from "./_socket_options.ts";

export type { Dialled, SocketNeeds } from "../core/_dial.ts";
export type {
  AbstractSocketOptions,
  BindOptions,
  ConnectToHostOptions,
  SocketOption,
  SocketState,
} from "./_socket_options.ts";

/** Milliseconds for a connection to come about, as in Qt. */
const CONNECT_TIMEOUT = 30_000;

/**
 * The base of all sockets, after QAbstractSocket.
 *
 * States follow Qt's order: `hostLookup`, `connecting`, `hostFound`, `connected`. When the remote
 * host closes, `errorOccurred` ("remoteHostClosed") comes first, then `closing`, `unconnected` and
 * `disconnected`; what had arrived can still be read. A failed attempt is `unconnected` first and
 * `errorOccurred` after. The world's failures never throw from a socket.
 */
export abstract class AbstractSocket
  extends SocketDevice<Dialled, Exclude<SocketState, SocketDeviceState>> {
  /** The host's addresses are known; for a literal address too. */
  readonly hostFound: Signal = new Signal();
  /** Any word of the application's, for proxy factories to look at. */
  protocolTag = "";
  readonly #options = new Map<SocketOption, number | boolean>();
  #peerName = "";

  /** This end's address; null while unconnected. */
  get localAddress(): HostAddress {
    return this._connection?.localAddress ?? HostAddress.null;
  }

  /** This end's port; 0 while unconnected. */
  get localPort(): number {
    return this._connection?.localPort ?? 0;
  }

  /** The other end's address; null while unconnected. */
  get peerAddress(): HostAddress {
    return this._connection?.peerAddress ?? HostAddress.null;
  }

  /** The other end's port; 0 while unconnected. */
  get peerPort(): number {
    return this._connection?.peerPort ?? 0;
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
    if (this.state === "unconnected") this.#peerName = target.hostname;
    this._connect({
      peer: `${target.hostname}:${port}`,
      open: (signal) => this.#dial(target, { ...options, signal }),
    }, "hostLookup");
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
  override abort(): void {
    super.abort();
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
    if (option === "keepAliveIdle" && this.state !== "unconnected") {
      const so = `the socket is ${this.state} already`;
      return this.#reportUnsupported(`set ${option} of the socket`, so);
    }
    this.#options.set(option, value);
    if (this._connection !== null) this.#apply(option, value);
  }

  /** What {@linkcode setSocketOption} set, or `null`. */
  socketOption(option: SocketOption): number | boolean | null {
    return this.#options.get(option) ?? null;
  }

  /** For subclasses: what the connection needs beyond plain TCP. */
  protected get _needs(): SocketNeeds {
    return needsOf(this.#options);
  }

  /** For subclasses: takes over a connection that exists already, without a signal. */
  protected _adopt(transport: Transport): void {
    const connection = connectionOf(transport);
    this.#peerName = `${connection.peerAddress}`;
    this._adoptConnection(connection, this.#peerName);
  }

  /** Looking the host up belongs to connecting. */
  protected override get _isConnecting(): boolean {
    return super._isConnecting || this.state === "hostLookup";
  }

  /** Sets the options that were kept for the connection. */
  protected override _established(connection: Dialled): void {
    for (const [option, value] of this.#options) {
      // Any slot may abort the connection.
      if (this.state === "connected" && this._connection === connection) this.#apply(option, value);
    }
  }

  /** A bound socket closes as a connected one does. */
  protected override _shut(timeout: number, until?: "written" | "read"): void {
    if (this.state === "bound") this._become("closing");
    super._shut(timeout, until);
  }

  /** Forgets the host, unless a slot has connected the socket anew. */
  protected override _dropped(): void {
    super._dropped();
    if (this.state === "unconnected") this.#peerName = "";
  }

  #dial(
    target: { hostname: string; port: number },
    options: ConnectToHostOptions & { signal: AbortSignal },
  ): Promise<Dialled> {
    const { scope, signal, timeout = CONNECT_TIMEOUT } = options;
    return connectTo(target, {
      ...options,
      ...this._needs,
      timeout,
      ...this._narrowed(scope),
      onLookup: () => {
        if (signal.aborted) return;
        this._become("connecting");
        if (!signal.aborted) this.hostFound.emit();
      },
    });
  }

  #apply(option: SocketOption, value: number | boolean): void {
    if (applySocketOption(this._connection!.transport, option, value)) return;
    this.#reportUnsupported(`set ${option} of the socket`, "the connection has no such option");
  }

  #reportUnsupported(doing: string, so: string): void {
    this._report(new SocketError("unsupportedSocketOperation", `Cannot ${doing}: ${so}`));
  }
}

/** What transports that are real sockets can do besides. */
interface Tunable {
  setNoDelay?(on: boolean): void;
  setKeepAlive?(on: boolean): void;
}

/** `value`, if `option` can have it. */
function checkedOption(option: SocketOption, value: number | boolean): number | boolean {
  if (option !== "keepAliveIdle" || (Number.isInteger(value) && Number(value) > 0)) return value;
  throw new RangeError(`Cannot set keepAliveIdle to ${value}: expected whole seconds, 1 or more`);
}

/** The options that have to be known before the connection is opened. */
function needsOf(options: ReadonlyMap<SocketOption, number | boolean>): SocketNeeds {
  const seconds = options.get("keepAliveIdle");
  return seconds === undefined ? {} : { keepAliveIdle: Number(seconds) * 1000 };
}

/** Sets an option of the connection; false where the connection has no such thing. */
function applySocketOption(
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
