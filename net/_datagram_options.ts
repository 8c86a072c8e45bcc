/**
 * What a datagram socket is told, checked: options, groups, where to bind for a destination, whom
 * it may send to.
 *
 * @module
 */
import { InvalidStateError, SocketError } from "../core/error.ts";
import { hostAndPort, PermissionScope } from "../core/permission.ts";
import { HostAddress } from "../protocol/host_address.ts";
import { type DatagramPeer, type GroupInterface, hostnameOf } from "./_datagram.ts";
import type { NetworkDatagram } from "./network_datagram.ts";
import type { NetworkInterface } from "./network_interface.ts";
import type { SocketOption } from "./_socket_options.ts";

/** The values that an option can have; what is not here, datagrams do not have. */
const ranges: Partial<Record<SocketOption, readonly [least: number, most: number]>> = {
  multicastTtl: [0, 255],
  multicastLoopback: [0, 1],
  sendBufferSize: [1, 2 ** 31 - 1],
  receiveBufferSize: [1, 2 ** 31 - 1],
  typeOfService: [0, 255],
};

/** Whether datagrams have an option; a RangeError if it cannot have the value. */
export function isDatagramOption(option: SocketOption, value: number | boolean): boolean {
  const range = ranges[option];
  if (range === undefined) return false;
  const [least, most] = range;
  const number = Number(value);
  if (Number.isInteger(number) && number >= least && number <= most) return true;
  throw new RangeError(`Cannot set ${option} to ${value}: expected ${least} to ${most}`);
}

/** A group's address; a RangeError if it is no multicast address. */
export function groupOf(group: string | HostAddress): HostAddress {
  const address = typeof group === "string" ? new HostAddress(group) : group;
  if (address.isMulticast) return address;
  throw new RangeError(`Cannot use "${address}" as a group: it is no multicast address`);
}

/** Throws unless a socket that is bound so can join the group: systems differ, we do not. */
export function checkFamily(group: HostAddress, local: HostAddress): void {
  if ((group.protocol === "ipv4") === (local.protocol === "ipv4")) return;
  const so = `the socket is bound to ${hostnameOf(local)}, not to an ${group.protocol} address`;
  throw new SocketError("unsupportedSocketOperation", `Cannot use the group ${group}: ${so}`);
}

/** The port of a destination, if it can be one. */
export function destinationPort(port: number): number {
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new RangeError(`Cannot send to port ${port}: expected an integer from 1 to 65535`);
}

/**
 * A datagram with its destination: what it says, or the peer of a connected socket.
 *
 * @throws {InvalidStateError} There is neither.
 * @throws {RangeError} Its port is none.
 */
export function addressed(
  datagram: NetworkDatagram,
  peer: DatagramPeer | null | undefined,
): NetworkDatagram {
  if (!datagram.destinationAddress.isNull) {
    destinationPort(datagram.destinationPort);
    return datagram;
  }
  if (peer) return datagram.with({ destinationAddress: peer.address, destinationPort: peer.port });
  const so = "it has no destination, and the socket is not connected";
  throw new InvalidStateError(`Cannot send the datagram: ${so}`);
}

/** How engines name an interface that sends to or hears a group of a family. */
export function groupInterfaceOf(
  { protocol }: HostAddress,
  networkInterface: NetworkInterface | null | undefined,
): GroupInterface {
  if (!networkInterface) return { index: 0, name: "", address: HostAddress.anyIPv4 };
  const { addressEntries, index, name } = networkInterface;
  const address = addressEntries.find(({ ip }) => ip.protocol === "ipv4")?.ip;
  if (protocol === "ipv4" ? address !== undefined : index !== null) {
    return { index: index ?? 0, name, address: address ?? HostAddress.anyIPv4 };
  }
  const so = protocol === "ipv4" ? "it has no IPv4 address" : "its number is not known";
  throw new SocketError("socketAddressNotAvailable", `Cannot use the interface ${name}: ${so}`);
}

/**
 * Where to bind for sending to an address: the wildcard of its family, or the loopback address for
 * a process that was granted no more than that.
 */
export function bindAddressFor(destination: HostAddress): HostAddress {
  const isIPv6 = destination.protocol === "ipv6";
  const wildcard = isIPv6 ? HostAddress.any : HostAddress.anyIPv4;
  if (!destination.isLoopback || mayBind(wildcard)) return wildcard;
  const loopback = isIPv6 ? HostAddress.localHostIPv6 : HostAddress.localHost;
  return mayBind(loopback) ? loopback : wildcard;
}

function mayBind(address: HostAddress): boolean {
  const host = hostAndPort(hostnameOf(address), 0);
  return PermissionScope.process.allows({ name: "net", host });
}

/** Whom a socket may send to, asked once a peer: asking takes longer than sending. */
export class DatagramGrants {
  readonly #scope: PermissionScope;
  readonly #granted = new Set<string>();
  #address: HostAddress | null = null;
  #port = 0;

  /** @param scope Who may be sent to. */
  constructor(scope: PermissionScope) {
    this.#scope = scope;
  }

  /** Throws a PermissionError if a peer must not be sent to. */
  require(address: HostAddress, port: number): void {
    if (address === this.#address && port === this.#port) return;
    const host = hostAndPort(address, port);
    if (!this.#granted.has(host)) this.#scope.require({ name: "net", host });
    if (this.#granted.size >= 1024) this.#granted.clear();
    this.#granted.add(host);
    this.#address = address;
    this.#port = port;
  }
}
