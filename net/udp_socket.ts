/**
 * Datagrams over UDP.
 *
 * @module
 */
import { checkedSize } from "../core/_check.ts";
import { socketErrorFrom } from "../core/_error_border.ts";
import { InvalidStateError, SocketError } from "../core/error.ts";
import type { OpenOptions, WaitOptions } from "../core/io_device.ts";
import { hostAndPort, PermissionScope } from "../core/permission.ts";
import { HostAddress } from "../protocol/host_address.ts";
import {
  AbstractSocket,
  type AbstractSocketOptions,
  type BindOptions,
  type ConnectToHostOptions,
  type SocketOption,
} from "./abstract_socket.ts";
import { checkedPort } from "./_connect.ts";
import { type DatagramEngineName, type DatagramPlace, hostnameOf, lacking } from "./_datagram.ts";
import { addressOf } from "./_datagram_host.ts";
import { DatagramInbox } from "./_datagram_inbox.ts";
import { DatagramLink, type DatagramOwner } from "./_datagram_link.ts";
import {
  bindAddressFor,
  DatagramGrants,
  groupInterfaceOf,
  groupOf,
  isDatagramOption,
} from "./_datagram_options.ts";
import { readableOf, writableOf } from "./_datagram_streams.ts";
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
export class UdpSocket extends AbstractSocket {
  readonly #needs: UdpSocketOptions;
  readonly #settings = new Map<SocketOption, number | boolean>();
  readonly #grants: DatagramGrants;
  readonly #owner: DatagramOwner;
  #inbox: DatagramInbox = new DatagramInbox(() => this.#ready());
  #link: DatagramLink | null = null;
  /** When what was bound last is closed. */
  #closed: Promise<void> = Promise.resolve();
  #attempt: AbortController | null = null;
  /** Why the attempt that is just ending failed. */
  #refusal: SocketError | null = null;
  #hostName = "";
  #writtenSeen = 0;
  #readable: ReadableStream<Uint8Array<ArrayBuffer>> | null = null;
  #writable: WritableStream<Uint8Array | string> | null = null;
  #multicastInterface: NetworkInterface | null = null;

  /** @param options `packetInformation`, `engine`, `readBufferSize`, `scope`. */
  constructor(options: UdpSocketOptions = {}) {
    super(options);
    this.#needs = options;
    this.#grants = new DatagramGrants(this._scope);
    // deno-lint-ignore no-this-alias -- the getters' own `this` is the owner
    const socket = this;
    this.#owner = {
      get inbox() {
        return socket.#inbox;
      },
      get readLimit() {
        return socket.readBufferSize;
      },
      changed: () => this._wake(),
      sent: (size) => this.bytesWritten.emit(size),
      failed: (error) => this._report(error),
    };
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
  static bind(options: UdpSocketOptions & BindOptions & OpenOptions = {}): Promise<UdpSocket> {
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

  /** Whether {@linkcode write} would take a datagram: whether the socket is connected. */
  override get isWritable(): boolean {
    return super.isWritable && this.state === "connected";
  }

  /** What the datagrams carry that have arrived and were not read, in bytes. */
  override get bytesAvailable(): number {
    return this.#inbox.bytes;
  }

  /** Bytes sent that the system has not taken yet. */
  override get bytesToWrite(): number {
    return this.#link?.unsent ?? 0;
  }

  /** What the next datagram carries, in bytes, which may be 0; -1 when none has arrived. */
  get pendingDatagramSize(): number {
    return this.#inbox.next?.data.length ?? -1;
  }

  /** Where what is sent to groups leaves by; `null`: wherever the system thinks best. */
  get multicastInterface(): NetworkInterface | null {
    return this.#multicastInterface;
  }
  set multicastInterface(networkInterface: NetworkInterface | null) {
    this.#multicastInterface = networkInterface;
    if (this.#link !== null) this.#applyMulticastInterface(this.#link);
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
    const { address = HostAddress.any, port = 0, reuseAddress = false, reusePort = false } = options;
    const local = typeof address === "string" ? new HostAddress(address) : address;
    checkedPort(port);
    if (this.state !== "unconnected") {
      throw new InvalidStateError(`Cannot bind the socket: it is ${this.state}`);
    }
    this._failure = null;
    try {
      this.#begin({ address: local, port, reuseAddress, reusePort }, this._scope);
    } catch (error) {
      const where = hostAndPort(hostnameOf(local), port);
      this._report(socketErrorFrom(error, `bind to ${where}`));
      return false;
    }
    return true;
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
    checkedDestination(port);
    if (hostname === "") throw new TypeError("Cannot connect to a host: its name is empty");
    if (this.state !== "unconnected" && this.state !== "bound") {
      const so = `the socket is ${this.state}`;
      return this._report(
        new SocketError("operation", `Cannot connect to ${hostAndPort(hostname, port)}: ${so}`),
      );
    }
    const attempt = this.#attempt = new AbortController();
    this._failure = null;
    this.#hostName = hostname;
    if (this.#link === null) this.#openSession();
    this._become("hostLookup");
    this.#connect(attempt, { hostname, port, ...options });
  }

  /**
   * Waits until the socket is connected.
   *
   * @param msecs Milliseconds, 30 000 by default, -1 for ever; or `timeout` and `signal`.
   * @returns False when the time is over or there is no attempt under way.
   * @throws The signal's reason when it aborts.
   */
  override waitForConnected(msecs?: number | WaitOptions): Promise<boolean> {
    return this._waitFor(() => {
      if (this.state === "connected") return true;
      return this.#attempt === null ? false : undefined;
    }, msecs);
  }

  /** Whether a datagram can be taken, be it an empty one. */
  hasPendingDatagrams(): boolean {
    return this.#inbox.size > 0;
  }

  /**
   * Takes the datagram that has waited longest.
   *
   * @param maxSize Bytes at the most; what the datagram carries beyond is lost. No limit when left
   * out.
   * @returns The datagram, `null` when none has arrived.
   * @throws {InvalidStateError} An iterator or a stream takes the datagrams.
   */
  receiveDatagram(maxSize: number = Infinity): NetworkDatagram | null {
    checkedSize("maxSize", maxSize);
    const datagram = this.#claimed("take a datagram").take();
    this.#link?.taken();
    if (datagram === null || datagram.data.length <= maxSize) return datagram;
    return datagram.with({ data: datagram.data.slice(0, maxSize) });
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
    const bytes = data instanceof Uint8Array ? new Uint8Array(data) : data;
    return this.#send(new NetworkDatagram(bytes, address, port));
  }

  /**
   * Takes datagrams as they arrive, until the socket closes.
   *
   * @throws {InvalidStateError} (from the loop) Something else takes the datagrams.
   * @throws {SocketError} (from the loop) Receiving failed.
   */
  async *datagrams(): AsyncGenerator<NetworkDatagram, undefined> {
    const inbox = this.#claimed("iterate over the socket");
    inbox.isClaimed = true;
    const hasMore = () => {
      if (inbox.size > 0) return true;
      if (inbox.error !== null) throw inbox.error;
      return this.#inbox === inbox && this.isOpen ? undefined : false;
    };
    try {
      while (await this._until(hasMore, {})) {
        const datagram = inbox.take()!;
        this.#link?.taken();
        yield datagram;
      }
    } finally {
      inbox.isClaimed = false;
    }
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
    return this.#changeGroup({ verb: "join", group, networkInterface });
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
    return this.#changeGroup({ verb: "leave", group, networkInterface });
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
      const so = "datagrams have no such option";
      const message = `Cannot set ${option} of the socket: ${so}`;
      return this._report(new SocketError("unsupportedSocketOperation", message));
    }
    this.#settings.set(option, value);
    if (this.#link !== null) this.#apply(this.#link, [option, value]);
  }

  /** What the system says of an option, or what {@linkcode setSocketOption} set, or `null`. */
  override socketOption(option: SocketOption): number | boolean | null {
    return this.#link?.engine.option(option) ?? this.#settings.get(option) ?? null;
  }

  /**
   * Takes a datagram's bytes, as {@linkcode receiveDatagram}.
   *
   * @param maxSize Bytes at the most; what the datagram carries beyond is lost.
   * @returns Empty when no datagram has arrived, or an empty one.
   * @throws {InvalidStateError} An iterator or a stream takes the datagrams.
   */
  override read(maxSize: number = Infinity): Uint8Array<ArrayBuffer> {
    return this.receiveDatagram(maxSize)?.data ?? new Uint8Array(0);
  }

  /**
   * Takes a datagram's bytes into `buffer`; what does not fit is lost.
   *
   * @returns How many bytes were written into `buffer`, from its start.
   * @throws {InvalidStateError} An iterator or a stream takes the datagrams.
   */
  override readInto(buffer: Uint8Array): number {
    const data = this.read(buffer.length);
    buffer.set(data);
    return data.length;
  }

  /**
   * A copy of what the next datagram carries, which stays where it is.
   *
   * @param maxSize Bytes at the most.
   */
  override peek(maxSize: number): Uint8Array<ArrayBuffer> {
    return this.#inbox.next?.data.slice(0, checkedSize("maxSize", maxSize)) ?? new Uint8Array(0);
  }

  /**
   * Sends a datagram to the peer of a connected socket.
   *
   * @param data Bytes, which are copied unless `transfer`, or text that goes out as UTF-8.
   * @param options `transfer`: the array is the socket's from now on and is not copied.
   * @returns The bytes taken: all of them, or 0 when the datagram was not sent.
   * @throws {TypeError} `data` is neither a `Uint8Array` nor a string.
   */
  override write(data: Uint8Array | string, options?: { transfer?: boolean }): number {
    const peer = this.#link?.peer;
    if (!peer || !this.isWritable) return 0;
    const isOurs = options?.transfer === true || !(data instanceof Uint8Array);
    const bytes = isOurs ? data : new Uint8Array(data);
    return Math.max(0, this.#send(new NetworkDatagram(bytes, peer.address, peer.port)));
  }

  /**
   * Waits until the system has taken everything sent so far, or refused it.
   *
   * @param options `timeout` in milliseconds, none by default; `signal`.
   * @throws {DOMException} "TimeoutError"; the signal's reason when it aborts.
   */
  override async flush(options: WaitOptions = {}): Promise<void> {
    const link = this.#link;
    await this._until(() => (link?.sending ?? 0) > 0 ? undefined : true, options);
  }

  /**
   * Waits for a datagram. True at once when one came that no read and no wait has seen.
   *
   * @param msecs Milliseconds, 30 000 by default, -1 for ever; or `timeout` and `signal`.
   * @returns False when the time is over or nothing can come any more.
   * @throws The signal's reason when it aborts.
   */
  override waitForReadyRead(msecs?: number | WaitOptions): Promise<boolean> {
    const inbox = this.#inbox;
    const { seen } = inbox;
    return this._waitFor(() => {
      if (inbox.arrivals === seen) return this.isOpen ? undefined : false;
      inbox.seen = inbox.arrivals;
      return true;
    }, msecs);
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
      if (link !== null && link.written > link.writtenSeen) {
        link.writtenSeen = link.written;
        return true;
      }
      return link !== null && link.sending > 0 ? undefined : false;
    }, msecs);
  }

  /** What arrives, as a stream with a chunk a datagram; see {@linkcode datagrams}. */
  override get readable(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.#inbox.stream ??= readableOf(this);
  }

  /** The connected socket as a stream that sends a datagram a chunk; closing it closes the socket. */
  override get writable(): WritableStream<Uint8Array | string> {
    return this.#writable ??= writableOf(this);
  }

  /** Closes the socket and waits until the system has what was sent. */
  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    await this.#closed;
  }

  /** What datagrams carry, as they arrive; see {@linkcode datagrams}. */
  override async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array<ArrayBuffer>, undefined> {
    for await (const { data } of this.datagrams()) yield data;
  }

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

  protected override _readEnded(error: unknown): void {
    const link = this.#link;
    const failure = this.#inbox.error = socketErrorFrom(error, "receive datagrams");
    this._finishReading(failure);
    this._report(failure);
    if (this.#link === link) this._drop("close");
  }

  #openSession(): void {
    this._open();
    this._refuseReading();
    this.#inbox = new DatagramInbox(() => this.#ready());
  }

  /** Binds, or throws what the system says. */
  #begin(
    place: Pick<DatagramPlace, "address" | "port" | "reuseAddress" | "reusePort">,
    scope: PermissionScope,
  ): DatagramLink {
    const { engine, packetInformation = false } = this.#needs;
    scope.require({ name: "net", host: hostAndPort(hostnameOf(place.address), place.port) });
    const options = this.#settings;
    const needs = { engine, packetInformation, options, scope: this._scope };
    const link = new DatagramLink({ ...place, ...needs }, this.#owner);
    if (!this.isOpen) this.#openSession();
    this.#link = link;
    this.#closed = link.closed;
    this._attach(link);
    for (const setting of this.#settings) this.#apply(link, setting);
    if (this.#multicastInterface !== null) this.#applyMulticastInterface(link);
    if (this.state === "unconnected") this._become("bound");
    return link;
  }

  async #connect(
    attempt: AbortController,
    { hostname, port, ...options }: ConnectToHostOptions & { hostname: string; port: number },
  ): Promise<void> {
    // Whatever the host, nothing is told before who called had time to connect slots.
    await Promise.resolve();
    const isOver = () => this.#attempt !== attempt;
    if (isOver()) return;
    try {
      const address = await addressOf({
        hostname,
        port,
        protocol: options.protocol ?? this.#protocol,
        scope: this._scope.narrow(options.scope ?? PermissionScope.process),
        timeout: options.timeout ?? LOOKUP_TIMEOUT,
        signal: attempt.signal,
      });
      if (isOver()) return;
      this._become("connecting");
      if (!isOver()) this.hostFound.emit();
      if (isOver()) return;
      this.#established(address, port);
    } catch (error) {
      if (isOver()) return;
      this._failure = this.#refusal = socketErrorFrom(
        error,
        `connect to ${hostAndPort(hostname, port)}`,
      );
      this._drop("close");
    }
  }

  #established(address: HostAddress, port: number): void {
    const link = this.#link ?? this.#beginFor(address);
    link.connect({ address, port });
    this.#attempt = null;
    this._become("connected");
    if (this.#link === link && this.state === "connected") this.connected.emit();
  }

  /** Binds for sending to an address: an affair of the process, a scope is about the destination. */
  #beginFor(destination: HostAddress): DatagramLink {
    const address = bindAddressFor(destination);
    const place = { address, port: 0, reuseAddress: false, reusePort: false };
    return this.#begin(place, PermissionScope.process);
  }

  /** Which addresses the socket can send to, bound as it is. */
  get #protocol(): "any" | "ipv4" {
    return this.localAddress.protocol === "ipv4" ? "ipv4" : "any";
  }

  #send(datagram: NetworkDatagram): number {
    const sent = this.#addressed(datagram);
    const { data, destinationAddress: address, destinationPort: port } = sent;
    try {
      if (this.state === "unconnected") this.#beginFor(address);
      if (address !== this.#link?.peer?.address) this.#grants.require(address, port);
      if (this.#link === null) throw new SocketError("operation", "the socket is not bound");
      this.#link.send(sent);
      return data.length;
    } catch (error) {
      this._report(socketErrorFrom(error, `send a datagram to ${hostAndPort(address, port)}`));
      return -1;
    }
  }

  #addressed(datagram: NetworkDatagram): NetworkDatagram {
    if (!datagram.destinationAddress.isNull) {
      checkedDestination(datagram.destinationPort);
      return datagram;
    }
    const peer = this.#link?.peer;
    if (peer) {
      return datagram.with({ destinationAddress: peer.address, destinationPort: peer.port });
    }
    const so = "it has no destination, and the socket is not connected";
    throw new InvalidStateError(`Cannot send the datagram: ${so}`);
  }
}
