/**
 * Datagrams over UDP.
 *
 * @module
 */
import { socketErrorFrom } from "../core/_error_border.ts";
import { InvalidStateError, SocketError } from "../core/error.ts";
import type { OpenOptions, WaitOptions } from "../core/io_device.ts";
import { hostAndPort, PermissionScope } from "../core/permission.ts";
import { HostAddress } from "../protocol/host_address.ts";
import type {
  AbstractSocketOptions,
  BindOptions,
  ConnectToHostOptions,
  SocketOption,
} from "./abstract_socket.ts";
import { checkedPort } from "./_connect.ts";
import { type DatagramEngineName, hostnameOf } from "./_datagram.ts";
import { type DatagramHost, sendableAddressOf } from "./_datagram_host.ts";
import { DatagramLink, type DatagramOwner } from "./_datagram_link.ts";
import {
  addressed,
  bindAddressFor,
  destinationPort,
  groupOf,
  isDatagramOption,
} from "./_datagram_options.ts";
import { DatagramSocket } from "./datagram_socket.ts";
import { NetworkDatagram } from "./network_datagram.ts";
import type { NetworkInterface } from "./network_interface.ts";

export type { DatagramEngineName } from "./_datagram.ts";

/** Options of {@linkcode UdpSocket}. */
export interface UdpSocketOptions extends Omit<AbstractSocketOptions, "allowHalfOpen"> {
  /**
   * Whether datagrams tell where they were sent to, by which interface they came and how many
   * routers they could still cross, and may choose all that when sent. Needs the "ffi" engine.
   */
  packetInformation?: boolean;
  /** The engine by name; the first that has what is asked for when left out. */
  engine?: DatagramEngineName;
}

/** Milliseconds for a host's name to be looked up, as in Qt. */
const LOOKUP_TIMEOUT = 30_000;

/**
 * A UDP socket, after QUdpSocket: {@linkcode bind} it, or just send; read datagrams by
 * {@linkcode receiveDatagram} or {@linkcode datagrams}.
 *
 * Unread datagrams are kept up to {@linkcode readBufferSize} bytes, each counted with 256 more; of
 * what comes beyond, the newest is lost, as in the system's own buffer. `readyRead` comes once for
 * any number of datagrams and then not again until one has been read. Nothing tells a sender
 * whether its datagrams arrive.
 *
 * Connected ({@linkcode connectToHost}), the socket hears its peer alone and `write` and `read` send
 * and take one datagram each. What reads a stream of bytes (`readLine`, `readExactly`, …) throws
 * {@linkcode InvalidStateError}.
 *
 * Three engines do the work: see {@linkcode UdpSocketOptions.engine} and docs/udp.md.
 *
 * Needs `--allow-net=address:port` of what it is bound to and of whom it sends to; for a port that
 * the system chooses, `--allow-net=address`.
 *
 * @example
 * ```ts
 * import { UdpSocket } from "@quayside/quayside/net";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = await UdpSocket.bind({ address: "127.0.0.1" });
 * server.readyRead.connect(() => {
 *   while (server.hasPendingDatagrams()) {
 *     const datagram = server.receiveDatagram()!;
 *     server.writeDatagram(datagram.makeReply(datagram.data));
 *   }
 * });
 *
 * await using client = new UdpSocket();
 * client.writeDatagram("ping", "127.0.0.1", server.localPort);
 * for await (const { data, senderPort } of client.datagrams()) {
 *   assertEquals(new TextDecoder().decode(data), "ping");
 *   assertEquals(senderPort, server.localPort);
 *   break;
 * }
 * ```
 */
export class UdpSocket extends DatagramSocket {
  readonly #needs: UdpSocketOptions;
  readonly #settings = new Map<SocketOption, number | boolean>();
  readonly #owner: DatagramOwner = {
    received: (datagram) => this._received(datagram),
    hasRoom: () => this._hasRoom,
    changed: () => this._wake(),
    sent: (size) => this.bytesWritten.emit(size),
    failed: (error) => this._report(error),
  };
  #link: DatagramLink | null = null;
  /** When what was bound last is closed. */
  #closed: Promise<void> = Promise.resolve();
  #attempt: AbortController | null = null;
  /** Why the attempt that is just ending failed. */
  #refusal: SocketError | null = null;
  #hostName = "";
  #multicastInterface: NetworkInterface | null = null;

  /**
   * A socket that is not bound yet.
   *
   * @param options `packetInformation`, `engine`, `readBufferSize`, `scope`.
   */
  constructor(options: UdpSocketOptions = {}) {
    super(options);
    this.#needs = options;
  }

  /**
   * A socket that is bound.
   *
   * Needs `--allow-net=address:port`; for a port that the system chooses, `--allow-net=address`.
   *
   * @param options `address`, `port`, `reuseAddress`, `reusePort`; the options of the constructor;
   * `signal`.
   * @throws {SocketError} It could not be bound: "addressInUse", "socketAddressNotAvailable",
   * "socketAccess" with a {@linkcode PermissionError} as its cause, "unsupportedSocketOperation"
   * where no engine that is there has what was asked for, …
   * @throws {RangeError} `port` is no port.
   * @throws {TypeError} `address` is none.
   */
  static override bind(
    options: UdpSocketOptions & BindOptions & OpenOptions = {},
  ): Promise<UdpSocket> {
    if (options.signal?.aborted) return Promise.reject(options.signal.reason);
    const socket = new UdpSocket(options);
    return socket.bind(options) ? Promise.resolve(socket) : Promise.reject(socket._failure);
  }

  /** Where the socket is bound; null while it is not. */
  override get localAddress(): HostAddress {
    return this.#link?.engine.localAddress ?? HostAddress.null;
  }

  /** The port that the socket is bound to; 0 while it is not. */
  override get localPort(): number {
    return this.#link?.engine.localPort ?? 0;
  }

  /** The only one who is listened to; null while unconnected. */
  override get peerAddress(): HostAddress {
    return this.#link?.peer?.address ?? HostAddress.null;
  }

  /** The peer's port; 0 while unconnected. */
  override get peerPort(): number {
    return this.#link?.peer?.port ?? 0;
  }

  /** The host as it was given to {@linkcode connectToHost}; "" while unconnected. */
  override get peerName(): string {
    return this.#hostName;
  }

  /** The engine that the socket is bound by; `null` while it is not. */
  get engine(): DatagramEngineName | null {
    return this.#link?.engine.name ?? null;
  }

  /** Bytes sent that the system has not taken yet. */
  override get bytesToWrite(): number {
    return this.#link?.unsent ?? 0;
  }

  /** Where what is sent to groups leaves by; `null`: wherever the system thinks best. */
  get multicastInterface(): NetworkInterface | null {
    return this.#multicastInterface;
  }
  set multicastInterface(networkInterface: NetworkInterface | null) {
    this.#multicastInterface = networkInterface;
    this.#link?.setMulticastInterface(networkInterface);
  }

  /**
   * Binds the socket: from now on it receives. What it is bound to is known at once.
   *
   * The wildcard of both protocols, the default, takes IPv4 too; `HostAddress.anyIPv6` takes IPv6
   * alone. `reuseAddress` lets several sockets have the address, of which the last hears what is
   * sent to it alone and all hear groups (Qt's ShareAddress and ReuseAddressHint, which are one on
   * Unix); `reusePort` spreads senders over them and needs the "ffi" engine.
   *
   * Needs `--allow-net=address:port`; for a port that the system chooses, `--allow-net=address`.
   *
   * @param options `address`, `port`, `reuseAddress` (false by default), `reusePort`.
   * @returns Whether the socket is bound now; if not, {@linkcode error} says why.
   * @throws {InvalidStateError} The socket is bound or connects already.
   * @throws {RangeError} `port` is no port.
   * @throws {TypeError} `address` is none.
   */
  override bind(options: BindOptions = {}): boolean {
    const { address = HostAddress.any, port = 0 } = options;
    const local = typeof address === "string" ? new HostAddress(address) : address;
    const host = hostAndPort(hostnameOf(local), checkedPort(port));
    if (this.state !== "unconnected") {
      throw new InvalidStateError(`Cannot bind to ${host}: the socket is ${this.state}`);
    }
    this._failure = null;
    try {
      this.#begin(local, { ...options, scope: this.#scopeOf() });
      return true;
    } catch (error) {
      this._report(socketErrorFrom(error, `bind to ${host}`));
      return false;
    }
  }

  /**
   * Makes a host the only one who is listened to, and who gets what {@linkcode write} sends. Nothing
   * is sent and nobody is asked: a host that is not there is not noticed, except that the "ffi"
   * engine reports "connectionRefused" once something was sent to a closed port. An unbound socket
   * is bound.
   *
   * Needs `--allow-net=host:port`, and for a name `--allow-net=host` and its address.
   *
   * @param host A name or an address.
   * @param port 1 to 65 535.
   * @param options `protocol`, `timeout` of the look-up, `scope`.
   * @throws {RangeError} `port` is no port.
   * @throws {TypeError} `host` is empty.
   */
  override connectToHost(
    host: string | HostAddress,
    port: number,
    options: ConnectToHostOptions = {},
  ): void {
    const hostname = `${host}`;
    const where = hostAndPort(hostname, destinationPort(port));
    if (hostname === "") throw new TypeError("Cannot connect to a host: its name is empty");
    if (this.state !== "unconnected" && this.state !== "bound") {
      const message = `Cannot connect to ${where}: the socket is ${this.state}`;
      return this._report(new SocketError("operation", message));
    }
    const { protocol = "any", timeout = LOOKUP_TIMEOUT } = options;
    const attempt = this.#attempt = new AbortController();
    const bound = this.localAddress.protocol;
    this._failure = null;
    this.#hostName = hostname;
    if (this.#link === null) this._open();
    this._become("hostLookup");
    this.#connect(attempt, {
      hostname,
      port,
      // A socket of IPv4 reaches nothing else.
      protocol: bound === "ipv4" ? "ipv4" : protocol,
      scope: this.#scopeOf(options),
      timeout,
      signal: attempt.signal,
    });
  }

  /**
   * Sends a datagram; an unbound socket is bound first, to any address and a port that the system
   * chooses (or to the loopback address, where that is all that may be sent to and bound).
   *
   * The result says that the datagram was well formed and taken, `bytesWritten` that the system has
   * it, nothing that it arrived.
   *
   * Needs `--allow-net=address:port`.
   *
   * @param data Bytes, which are copied, or text that goes out as UTF-8; or a datagram, which says
   * all by itself and is not copied.
   * @param address Where to; left out on a connected socket.
   * @param port 1 to 65 535.
   * @returns How many bytes the datagram carries; -1 when it was not sent, and {@linkcode error} says
   * why: "datagramTooLarge", "socketAccess", "temporary" while too much waits to be sent, …
   * @throws {InvalidStateError} There is no destination and the socket is not connected.
   * @throws {TypeError} `address` is none, or `data` cannot be sent.
   * @throws {RangeError} `port` is none.
   */
  writeDatagram(
    data: Uint8Array | string | NetworkDatagram,
    address?: string | HostAddress,
    port?: number,
  ): number {
    if (data instanceof NetworkDatagram) return this.#send(data);
    const bytes = data instanceof Uint8Array
      ? this.#link?.copy(data) ?? new Uint8Array(data)
      : data;
    return this.#send(new NetworkDatagram(bytes, address, port));
  }

  /**
   * Joins a group: what is sent to it is received from now on. The socket has to be bound to the
   * group's family (an IPv4 group needs `HostAddress.anyIPv4`, say).
   *
   * @param group A multicast address.
   * @param networkInterface Where to listen; wherever the system thinks best when left out.
   * @returns Whether it was done; if not, {@linkcode error} says why. The "deno" engine tells what
   * the system refuses only by `errorOccurred`.
   * @throws {InvalidStateError} The socket is not bound.
   * @throws {RangeError} `group` is no multicast address.
   */
  joinMulticastGroup(group: string | HostAddress, networkInterface?: NetworkInterface): boolean {
    return this.#bound.changeGroup("join", { group: groupOf(group), networkInterface });
  }

  /**
   * Leaves a group, on the interface where it was joined.
   *
   * @param group A multicast address.
   * @param networkInterface As it was given to {@linkcode joinMulticastGroup}.
   * @returns Whether it was done; if not, {@linkcode error} says why.
   * @throws {InvalidStateError} The socket is not bound.
   * @throws {RangeError} `group` is no multicast address.
   */
  leaveMulticastGroup(group: string | HostAddress, networkInterface?: NetworkInterface): boolean {
    return this.#bound.changeGroup("leave", { group: groupOf(group), networkInterface });
  }

  /**
   * Sets an option; before the socket is bound it is kept until then, and counts in the choice of
   * the engine. What the engine does not have is "unsupportedSocketOperation".
   *
   * @param option "multicastTtl" (0 to 255), "multicastLoopback" (on or off), "sendBufferSize" and
   * "receiveBufferSize" (bytes; Linux doubles them), "typeOfService" (0 to 255).
   * @param value A number, or on and off.
   * @throws {RangeError} The option cannot have the value.
   */
  override setSocketOption(option: SocketOption, value: number | boolean): void {
    if (!isDatagramOption(option, value)) {
      const message = `Cannot set ${option} of the socket: datagrams have no such option`;
      return this._report(new SocketError("unsupportedSocketOperation", message));
    }
    this.#settings.set(option, value);
    this.#link?.setOption(option, value);
  }

  /** What the system says of an option, or what {@linkcode setSocketOption} set, or `null`. */
  override socketOption(option: SocketOption): number | boolean | null {
    return this.#link?.engine.option(option) ?? this.#settings.get(option) ?? null;
  }

  /**
   * Waits until the system has taken everything sent so far, or refused it.
   *
   * @param options `timeout` in milliseconds, none by default; `signal`.
   * @throws {DOMException} "TimeoutError"; the signal's reason when it aborts.
   */
  override async flush(options: WaitOptions = {}): Promise<void> {
    await this._until(() => this.#link?.sending ? undefined : true, options);
  }

  /**
   * Waits until the system has taken a datagram. True at once when it did since the last such wait.
   *
   * @param msecs Milliseconds, 30 000 by default, -1 for ever; or `timeout` and `signal`.
   * @returns False when the time is over or nothing is left to be sent.
   * @throws The signal's reason when it aborts.
   */
  override waitForBytesWritten(msecs?: number | WaitOptions): Promise<boolean> {
    const link = this.#link;
    return this._waitFor(() => {
      if (link === null || link.written === link.seen) return link?.sending ? undefined : false;
      link.seen = link.written;
      return true;
    }, msecs);
  }

  /** Closes the socket and waits until the system has what was sent. */
  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    await this.#closed;
  }

  /** For subclasses: the session has just ended; tells the state first, then why. */
  protected override _dropped(): void {
    const { state } = this;
    const wasBound = this.#link !== null;
    const refusal = this.#refusal;
    this.#attempt?.abort();
    this.#attempt = this.#refusal = this.#link = null;
    this._become("unconnected");
    if (wasBound) this._announceReadEnd();
    if (state === "connected" || state === "closing") this.disconnected.emit();
    if (refusal !== null) this.errorOccurred.emit(refusal);
    // A slot may have bound or connected the socket anew.
    if (this.state !== "unconnected") return;
    this.#hostName = "";
    super._dropped();
  }

  /** For subclasses: the engine may go on. */
  protected override _madeRoom(): void {
    this.#link?.madeRoom();
  }

  /** Binds, or throws what the system says. */
  #begin(address: HostAddress, options: BindOptions & { scope: PermissionScope }): DatagramLink {
    const { port = 0, reuseAddress = false, reusePort = false, scope } = options;
    scope.require({ name: "net", host: hostAndPort(hostnameOf(address), port) });
    const { engine, packetInformation = false } = this.#needs;
    const place = { address, port, reuseAddress, reusePort, engine, packetInformation };
    const multicastInterface = this.#multicastInterface;
    const needs = { multicastInterface, options: this.#settings, scope: this.#scopeOf() };
    const link = new DatagramLink({ ...place, ...needs }, this.#owner);
    if (!this.isOpen) this._open();
    this.#link = link;
    this.#closed = link.closed;
    this._attach(link);
    if (this.state === "unconnected") this._become("bound");
    return link;
  }

  /** Binds for sending: an affair of the process alone, since a scope is about whom one reaches. */
  #beginFor(destination: HostAddress): DatagramLink {
    return this.#begin(bindAddressFor(destination), { scope: PermissionScope.process });
  }

  async #connect(attempt: AbortController, host: DatagramHost): Promise<void> {
    const isOver = () => this.#attempt !== attempt;
    try {
      const address = await sendableAddressOf(host);
      if (isOver()) return;
      this._become("connecting");
      if (!isOver()) this.hostFound.emit();
      if (isOver()) return;
      const link = this.#link ?? this.#beginFor(address);
      link.connect({ address, port: host.port });
      this.#attempt = null;
      this._become("connected");
      if (this.#link === link && this.state === "connected") this.connected.emit();
    } catch (error) {
      if (isOver()) return;
      const doing = `connect to ${hostAndPort(host.hostname, host.port)}`;
      this._failure = this.#refusal = socketErrorFrom(error, doing);
      this._drop("close");
    }
  }

  #send(datagram: NetworkDatagram): number {
    const sent = addressed(datagram, this.#link?.peer);
    const { data, destinationAddress: address, destinationPort: port } = sent;
    try {
      if (this.state === "unconnected") this.#beginFor(address);
      if (this.#link === null) throw new Deno.errors.BadResource(`the socket is ${this.state}`);
      this.#link.send(sent);
      return data.length;
    } catch (error) {
      this._report(socketErrorFrom(error, `send a datagram to ${hostAndPort(address, port)}`));
      return -1;
    }
  }

  /** What the socket may reach in a call with these options. */
  #scopeOf({ scope }: ConnectToHostOptions = {}): PermissionScope {
    return this._narrowed(scope).scope ?? PermissionScope.process;
  }

  /** What groups are joined on. */
  get #bound(): DatagramLink {
    if (this.#link !== null) return this.#link;
    throw new InvalidStateError("Cannot join or leave a group: the socket is not bound");
  }
}
