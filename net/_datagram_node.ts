/**
 * Datagrams by node:dgram: needs no flag, and has the options that Deno's own sockets lack.
 *
 * All that is used of it here is done at once, since the look-up that it is given answers at once:
 * what it emits as "error" while it binds is why it could not.
 *
 * @module
 */
import type { RemoteInfo, Socket, SocketOptions } from "node:dgram";
import { HostAddress } from "../protocol/host_address.ts";
import {
  AddressReader,
  type DatagramEngine,
  type DatagramObserver,
  type DatagramPlace,
  type GroupInterface,
  hostnameOf,
  lacking,
} from "./_datagram.ts";
import type { NetworkDatagram } from "./network_datagram.ts";
import type { SocketOption } from "./_socket_options.ts";

/**
 * Binds at once; throws node's error. The permission has to be checked before: node throws a denial
 * where nobody can catch it.
 */
export function openByNode(place: DatagramPlace, observer: DatagramObserver): DatagramEngine {
  const { address, port, reuseAddress } = place;
  if (place.reusePort) throw lacking("share the port", 'engine: "ffi"');
  if (place.packetInformation) throw lacking("tell the way of datagrams", 'engine: "ffi"');
  const socket = process.getBuiltinModule("node:dgram").createSocket({
    type: address.protocol === "ipv4" ? "udp4" : "udp6",
    reuseAddr: reuseAddress,
    ipv6Only: address !== HostAddress.any,
    lookup,
  });
  let refusal: unknown = null;
  const refused = (error: unknown) => refusal = error;
  socket.on("error", refused);
  try {
    socket.bind({ address: hostnameOf(address), port, exclusive: true });
    if (refusal !== null) throw refusal;
    socket.setBroadcast(true);
    const engine = new NodeEngine(socket, { address, observer });
    socket.off("error", refused);
    return engine;
  } catch (error) {
    socket.close();
    throw refusal ?? error;
  }
}

/** Only addresses come here; answering at once makes node do the rest at once too. */
const lookup: SocketOptions["lookup"] = (hostname, _options, callback) => {
  callback(null, hostname, hostname.includes(":") ? 6 : 4);
};

class NodeEngine implements DatagramEngine {
  readonly name = "node";
  readonly localAddress: HostAddress;
  readonly localPort: number;
  readonly #socket: Socket;
  readonly #observer: DatagramObserver;
  readonly #addresses: AddressReader;
  #target: HostAddress | null = null;
  #hostname = "";
  #isReceiving = false;
  #pokes = 0;

  constructor(
    socket: Socket,
    { address, observer }: { address: HostAddress; observer: DatagramObserver },
  ) {
    this.#socket = socket;
    this.#observer = observer;
    this.#addresses = new AddressReader(address);
    this.localAddress = address;
    this.localPort = socket.address().port;
    socket.on("error", (error) => observer.failed(error, "use the socket"));
  }

  /** Node reads without being asked: a socket whose buffer is full lets datagrams go. */
  resume(): void {
    if (this.#isReceiving) return;
    this.#isReceiving = true;
    this.#socket.on("message", (message: Uint8Array, { address, port }: RemoteInfo) => {
      if (this.#pokes > 0 && this.#isPoke({ size: message.length, port })) return;
      const data = new Uint8Array(message);
      this.#observer.received({ data, address: this.#addresses.read(address), port });
    });
  }

  send({ data, destinationAddress, destinationPort }: NetworkDatagram): void {
    if (destinationAddress !== this.#target) {
      this.#target = destinationAddress;
      this.#hostname = `${destinationAddress}`;
    }
    this.#socket.send(data, destinationPort, this.#hostname, (error, size) => {
      if (error === null) this.#observer.sent(size);
      else this.#observer.sendFailed(error, data.length);
    });
  }

  joinGroup(group: HostAddress, on: GroupInterface): void {
    this.#socket.addMembership(`${group}`, interfaceFor(group, on));
  }

  leaveGroup(group: HostAddress, on: GroupInterface): void {
    this.#socket.dropMembership(`${group}`, interfaceFor(group, on));
  }

  setMulticastInterface(on: GroupInterface): void {
    this.#socket.setMulticastInterface(interfaceFor(this.localAddress, on)!);
  }

  setOption(option: SocketOption, value: number | boolean): boolean {
    const socket = this.#socket;
    if (option === "multicastTtl") socket.setMulticastTTL(Number(value));
    else if (option === "multicastLoopback") socket.setMulticastLoopback(Boolean(value));
    else if (option === "sendBufferSize") socket.setSendBufferSize(Number(value));
    else if (option === "receiveBufferSize") socket.setRecvBufferSize(Number(value));
    else return false;
    return true;
  }

  option(option: SocketOption): number | null {
    if (option === "sendBufferSize") return this.#socket.getSendBufferSize();
    if (option === "receiveBufferSize") return this.#socket.getRecvBufferSize();
    return null;
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#socket.close(resolve));
  }

  ref(): void {
    this.#socket.ref();
    this.#poke();
  }

  unref(): void {
    this.#socket.unref();
    this.#poke();
  }

  /**
   * Makes node begin to receive anew, by an empty datagram to ourselves: what it waits for already
   * keeps the process alive or not as it did when that began.
   */
  #poke(): void {
    const { localAddress: local, localPort } = this;
    const loopback = local.protocol === "ipv6" ? "::1" : "127.0.0.1";
    const self = HostAddress.any.equals(local) ? loopback : `${local}`;
    this.#pokes++;
    this.#socket.send(NOTHING, localPort, self, (error) => {
      if (error !== null) this.#pokes--;
    });
  }

  #isPoke({ port, size }: { port: number; size: number }): boolean {
    const isOurs = size === 0 && port === this.localPort;
    if (isOurs) this.#pokes--;
    return isOurs;
  }
}

const NOTHING = new Uint8Array(0);

/** IPv4 names an interface by its address, IPv6 by the zone of an address (RFC 4007). */
function interfaceFor(group: HostAddress, { address, name }: GroupInterface): string | undefined {
  if (group.protocol === "ipv4") return `${address}`;
  return name === "" ? undefined : `::%${name}`;
}
