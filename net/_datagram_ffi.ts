/**
 * Datagrams by libc's own sockets, on Linux with `--allow-ffi` for libc: the only engine that knows
 * a datagram's way, hears of closed ports and receives many datagrams with one call.
 *
 * What it opens, Deno does not see: the net permissions are asked for by whoever binds and sends.
 *
 * @module
 */
import { errnoCode, ErrnoError, errnoNumber, LibraryError, track } from "../core/_ffi.ts";
import { iovec, Libc, msghdr, sys } from "../core/_libc.ts";
import { abandon, holdPoller, pollerIdle, setPollRef, waitReadable } from "../core/_poller.ts";
import { SocketError } from "../core/error.ts";
import { HostAddress } from "../protocol/host_address.ts";
import type {
  DatagramEngine,
  DatagramObserver,
  DatagramPeer,
  DatagramPlace,
  GroupInterface,
  ReceivedDatagram,
} from "./_datagram.ts";
import { DatagramBatch } from "./_datagram_batch.ts";
import {
  encodeGroup,
  encodeSockaddr,
  IP,
  readAddress,
  SOCKADDR_SIZE,
  writeControl,
} from "./_datagram_sockaddr.ts";
import type { NetworkDatagram } from "./network_datagram.ts";
import type { SocketOption } from "./_socket_options.ts";

/** Calls after which other work has its turn. */
const BURST = 8;

/** Binds at once; throws an ErrnoError, a PermissionError without `--allow-ffi`. */
export function openByFfi(place: DatagramPlace, observer: DatagramObserver): DatagramEngine {
  try {
    return new FfiEngine(place, observer);
  } catch (error) {
    if (!(error instanceof LibraryError)) throw error;
    const message = "Cannot use libc for datagrams: it is not there, or not Linux's";
    throw new SocketError("unsupportedSocketOperation", message, { cause: error });
  }
}

class FfiEngine implements DatagramEngine {
  readonly name = "ffi";
  localAddress: HostAddress;
  localPort = 0;
  readonly #observer: DatagramObserver;
  readonly #resources = new DisposableStack();
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #isIPv6: boolean;
  readonly #number = new Int32Array(1);
  #batch: DatagramBatch | null = null;
  #sockaddr: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #target: HostAddress | null = null;
  #targetPort = 0;
  #state: "idle" | "receiving" | "closed" = "idle";
  #isRunning = false;
  #isRef = true;

  constructor(place: DatagramPlace, observer: DatagramObserver) {
    const { address, port } = place;
    using resources = new DisposableStack();
    this.#observer = observer;
    this.#isIPv6 = address.protocol !== "ipv4";
    this.localAddress = address;
    this.#libc = resources.use(new Libc({ scope: place.scope }));
    resources.use(holdPoller({ scope: place.scope }));
    const family = this.#isIPv6 ? sys.AF_INET6 : sys.AF_INET;
    const type = sys.SOCK_DGRAM | sys.SOCK_NONBLOCK | sys.SOCK_CLOEXEC;
    this.#fd = this.#libc.check(this.#libc.symbols.socket(family, type, 0), "socket");
    resources.use(track("datagram socket"));
    resources.defer(() => this.#libc.symbols.close(this.#fd));
    this.#prepare(place);
    const sockaddr = encodeSockaddr(address, { port, isIPv6: this.#isIPv6 });
    this.#libc.check(this.#libc.symbols.bind(this.#fd, sockaddr, sockaddr.length), "bind");
    this.#readName();
    this.#resources = resources.move();
  }

  resume(): void {
    if (this.#isClosed) return;
    this.#state = "receiving";
    if (!this.#isRunning) this.#receive();
  }

  send(datagram: NetworkDatagram): void {
    const { data } = datagram;
    // An error that waits in the system is told by the next call, whatever that is about.
    while (this.#transmit(datagram) === -1) {
      const { errno } = this.#libc;
      if (errno !== REFUSED) throw new ErrnoError(errno, "sendto");
      this.#refused();
    }
    this.#observer.sent(data.length);
  }

  connect({ address, port }: DatagramPeer): void {
    const sockaddr = encodeSockaddr(address, { port, isIPv6: this.#isIPv6 });
    this.#libc.check(this.#libc.symbols.connect(this.#fd, sockaddr, sockaddr.length), "connect");
    this.#readName();
  }

  joinGroup(group: HostAddress, on: GroupInterface): void {
    const isIPv4 = group.protocol === "ipv4";
    const option = isIPv4 ? IP.IP_ADD_MEMBERSHIP : IP.IPV6_JOIN_GROUP;
    this.#set([isIPv4 ? IP.SOL_IP : IP.SOL_IPV6, option], encodeGroup(group, on));
  }

  leaveGroup(group: HostAddress, on: GroupInterface): void {
    const isIPv4 = group.protocol === "ipv4";
    const option = isIPv4 ? IP.IP_DROP_MEMBERSHIP : IP.IPV6_LEAVE_GROUP;
    this.#set([isIPv4 ? IP.SOL_IP : IP.SOL_IPV6, option], encodeGroup(group, on));
  }

  setMulticastInterface(on: GroupInterface): void {
    if (this.#isIPv6) return this.#set([IP.SOL_IPV6, IP.IPV6_MULTICAST_IF], on.index);
    this.#set([IP.SOL_IP, IP.IP_MULTICAST_IF], encodeGroup(HostAddress.anyIPv4, on));
  }

  setOption(option: SocketOption, value: number | boolean): boolean {
    const place = this.#placeOf(option);
    if (place !== undefined) this.#set(place, Number(value));
    return place !== undefined;
  }

  option(option: SocketOption): number | null {
    const place = this.#placeOf(option);
    if (place === undefined) return null;
    const length = new Int32Array([4]);
    const { getsockopt } = this.#libc.symbols;
    this.#libc.check(getsockopt(this.#fd, ...place, this.#number, length), "getsockopt");
    return this.#number[0]!;
  }

  async close(): Promise<void> {
    this.#state = "closed";
    abandon(this.#fd);
    this.#resources.dispose();
    await pollerIdle();
  }

  ref(): void {
    this.#isRef = true;
    setPollRef(this.#fd, true);
  }

  unref(): void {
    this.#isRef = false;
    setPollRef(this.#fd, false);
  }

  async #receive(): Promise<void> {
    this.#isRunning = true;
    try {
      while (this.#state === "receiving") {
        const count = this.#drain();
        // Where some came, more come soon: asking again is cheaper than a thread that waits.
        if (count > 0) await turn();
        else if (this.#state === "receiving") await waitReadable(this.#fd, { ref: this.#isRef });
      }
    } catch (error) {
      if (!this.#isClosed) this.#observer.ended(error);
    } finally {
      this.#isRunning = false;
    }
  }

  /** Takes what is there, but not for ever; how many datagrams that were. */
  #drain(): number {
    this.#batch ??= new DatagramBatch(this.#libc);
    let total = 0;
    for (let calls = 0; calls < BURST && this.#state === "receiving"; calls++) {
      const count = this.#batch.receive(this.#fd, this.#deliver);
      // A slot may have closed the socket, and libc with it.
      if (this.#isClosed || count === -1 && !this.#survives(this.#libc.errno)) break;
      total += Math.max(count, 0);
      if (count >= 0 && !this.#batch.isFull(count)) break;
    }
    return total;
  }

  /** Stops when no more is wanted, though not within a batch: what was received is delivered. */
  readonly #deliver = (datagram: ReceivedDatagram): void => {
    if (!this.#observer.received(datagram) && !this.#isClosed) this.#state = "idle";
  };

  get #isClosed(): boolean {
    return this.#state === "closed";
  }

  /** Whether receiving may go on at once after a call that failed; throws what ends it. */
  #survives(errno: number): boolean {
    const code = errnoCode(errno);
    if (code === "ECONNREFUSED") this.#refused();
    else if (code === "EAGAIN") return false;
    else if (code !== "EINTR") throw new ErrnoError(errno, "recvmmsg");
    return true;
  }

  #refused(): void {
    this.#observer.failed(new ErrnoError(REFUSED, "send"), "reach the peer");
  }

  /** Sends with one call; -1 when that failed. */
  #transmit(datagram: NetworkDatagram): number {
    const { data, destinationAddress: address, destinationPort: port } = datagram;
    if (address !== this.#target || port !== this.#targetPort) {
      const zone = datagram.interfaceIndex;
      this.#sockaddr = encodeSockaddr(address, { port, isIPv6: this.#isIPv6, zone });
      this.#target = address;
      this.#targetPort = port;
    }
    if (choosesWay(datagram)) {
      return this.#transmitWith(data, writeControl(datagram, address.protocol === "ipv4"));
    }
    const { symbols } = this.#libc;
    const size = BigInt(data.length);
    return symbols.sendto(this.#fd, data, size, FLAGS, this.#sockaddr, this.#sockaddr.length);
  }

  /** Sends with control data. */
  #transmitWith(data: Uint8Array<ArrayBuffer>, control: Uint8Array<ArrayBuffer>): number {
    const { memory, symbols } = this.#libc;
    const base = data.length > 0 ? memory.addressOf(data) : 0n;
    const vector = iovec.encode({ base, length: BigInt(data.length) });
    const message = msghdr.encode({
      name: memory.addressOf(this.#sockaddr),
      nameLength: this.#sockaddr.length,
      vectors: memory.addressOf(vector),
      vectorCount: 1,
      control: memory.addressOf(control),
      controlLength: control.length,
    });
    return symbols.sendmsg(this.#fd, message, FLAGS);
  }

  /** What has to be set before the socket is bound. */
  #prepare({ address, packetInformation, reuseAddress, reusePort }: DatagramPlace): void {
    if (reuseAddress) this.#set([sys.SOL_SOCKET, sys.SO_REUSEADDR], 1);
    if (reusePort) this.#set([sys.SOL_SOCKET, IP.SO_REUSEPORT], 1);
    this.#set([sys.SOL_SOCKET, IP.SO_BROADCAST], 1);
    if (this.#isIPv6) this.#set([IP.SOL_IPV6, IP.IPV6_V6ONLY], Number(address !== HostAddress.any));
    if (!packetInformation) return;
    if (this.#isIPv6) this.#set([IP.SOL_IPV6, IP.IPV6_RECVPKTINFO], 1);
    if (this.#isIPv6) this.#set([IP.SOL_IPV6, IP.IPV6_RECVHOPLIMIT], 1);
    else this.#set([IP.SOL_IP, IP.IP_PKTINFO], 1);
    // Of a socket of both protocols too, for what comes by IPv4.
    this.#set([IP.SOL_IP, IP.IP_RECVTTL], 1);
  }

  /** Reads where the socket is bound. */
  #readName(): void {
    const bytes = new Uint8Array(SOCKADDR_SIZE);
    const { getsockname } = this.#libc.symbols;
    this.#libc.check(getsockname(this.#fd, bytes, new Uint32Array([bytes.length])), "getsockname");
    const view = new DataView(bytes.buffer);
    const zone = this.#isIPv6 ? view.getUint32(24, true) : 0;
    const found = readAddress(this.#isIPv6 ? bytes.slice(8, 24) : bytes.slice(4, 8), zone);
    // The wildcard of both protocols looks like that of IPv6.
    if (!HostAddress.any.equals(found)) this.localAddress = found;
    this.localPort = view.getUint16(2);
  }

  #placeOf(option: SocketOption): Place | undefined {
    const [v4, v6] = OPTIONS[option] ?? [];
    return this.#isIPv6 ? v6 : v4;
  }

  #set([level, name]: Place, value: number | Uint8Array<ArrayBuffer>): void {
    const bytes = typeof value === "number" ? Int32Array.of(value) : value;
    const { setsockopt } = this.#libc.symbols;
    this.#libc.check(setsockopt(this.#fd, level, name, bytes, bytes.byteLength), "setsockopt");
  }
}

/** Lets whatever else is ready have its turn. */
function turn(): Promise<void> {
  const { setImmediate } = process.getBuiltinModule("node:timers");
  return new Promise((resolve) => void setImmediate(resolve));
}

const REFUSED = errnoNumber("ECONNREFUSED");
const FLAGS = sys.MSG_DONTWAIT | sys.MSG_NOSIGNAL;

function choosesWay({ hopLimit, interfaceIndex, senderAddress }: NetworkDatagram): boolean {
  return hopLimit >= 0 || interfaceIndex > 0 || !senderAddress.isNull;
}

type Place = readonly [level: number, name: number];

/** Where options stand, for IPv4 and for IPv6. */
const OPTIONS: Partial<Record<SocketOption, readonly [v4: Place, v6: Place]>> = {
  multicastTtl: [[IP.SOL_IP, IP.IP_MULTICAST_TTL], [IP.SOL_IPV6, IP.IPV6_MULTICAST_HOPS]],
  multicastLoopback: [[IP.SOL_IP, IP.IP_MULTICAST_LOOP], [IP.SOL_IPV6, IP.IPV6_MULTICAST_LOOP]],
  typeOfService: [[IP.SOL_IP, IP.IP_TOS], [IP.SOL_IPV6, IP.IPV6_TCLASS]],
  sendBufferSize: [[sys.SOL_SOCKET, sys.SO_SNDBUF], [sys.SOL_SOCKET, sys.SO_SNDBUF]],
  receiveBufferSize: [[sys.SOL_SOCKET, sys.SO_RCVBUF], [sys.SOL_SOCKET, sys.SO_RCVBUF]],
};
