/**
 * Linux's structs of datagrams: addresses, control data, groups. What is in network order is read
 * and written big-endian, all else as the machine has it.
 *
 * @module
 */
import { cmsghdr, sys } from "../core/_libc.ts";
import { HostAddress } from "../protocol/host_address.ts";
import type { GroupInterface } from "./_datagram.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Numbers of <netinet/in.h> and <bits/socket.h>. */
export const IP = {
  SOL_IP: 0,
  SOL_IPV6: 41,
  SO_BROADCAST: 6,
  SO_REUSEPORT: 15,
  IP_TOS: 1,
  IP_TTL: 2,
  IP_PKTINFO: 8,
  IP_RECVTTL: 12,
  IP_MULTICAST_IF: 32,
  IP_MULTICAST_TTL: 33,
  IP_MULTICAST_LOOP: 34,
  IP_ADD_MEMBERSHIP: 35,
  IP_DROP_MEMBERSHIP: 36,
  IPV6_MULTICAST_IF: 17,
  IPV6_MULTICAST_HOPS: 18,
  IPV6_MULTICAST_LOOP: 19,
  IPV6_JOIN_GROUP: 20,
  IPV6_LEAVE_GROUP: 21,
  IPV6_V6ONLY: 26,
  IPV6_RECVPKTINFO: 49,
  IPV6_PKTINFO: 50,
  IPV6_RECVHOPLIMIT: 51,
  IPV6_HOPLIMIT: 52,
  IPV6_TCLASS: 67,
} as const;

/** `sizeof(struct sockaddr_in6)`, the larger of the two. */
export const SOCKADDR_SIZE = 28;

/** The zone of an IPv6 address as a number; 0 where it has none, or a name. */
function zoneOf({ scopeId }: HostAddress): number {
  return /^\d+$/.test(scopeId) ? Number(scopeId) : 0;
}

/** A `sockaddr` of the socket's family; a socket of IPv6 writes IPv4 v4-mapped. */
export function encodeSockaddr(
  address: HostAddress,
  { port, isIPv6, zone = 0 }: { port: number; isIPv6: boolean; zone?: number },
): Bytes {
  const bytes = new Uint8Array(isIPv6 ? SOCKADDR_SIZE : 16);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, isIPv6 ? sys.AF_INET6 : sys.AF_INET, true);
  view.setUint16(2, port);
  if (!isIPv6) view.setUint32(4, address.toIPv4Address() ?? 0);
  else {
    bytes.set(address.toIPv6Address() ?? [], 8);
    view.setUint32(24, zoneOf(address) || zone, true);
  }
  return bytes;
}

/** An address in 4 or 16 bytes; v4-mapped ones are IPv4, link-local ones get their zone. */
export function readAddress(bytes: Bytes, zone: number): HostAddress {
  const address = new HostAddress(bytes);
  const v4 = bytes.length === 16 ? address.toIPv4Address() : null;
  if (v4) return new HostAddress(v4);
  const hasZone = address.protocol === "ipv6" && address.isLinkLocal && zone > 0;
  return hasZone ? address.withScopeId(`${zone}`) : address;
}

/** What control data tells of a datagram's way. */
export interface PacketInformation {
  destination?: HostAddress;
  hopLimit?: number;
  interfaceIndex?: number;
}

const CMSG_HEAD = cmsghdr.size;
const align = (size: number) => (size + 7) & ~7;

/** Reads control data. */
export function readControl(view: DataView<ArrayBuffer>, length: number): PacketInformation {
  const found: PacketInformation = {};
  const bytesAt = (at: number, size: number) =>
    new Uint8Array(view.buffer, view.byteOffset + at, size).slice();
  for (let at = 0; at + CMSG_HEAD <= length;) {
    const size = view.getUint32(at, true);
    const level = view.getInt32(at + 8, true);
    const type = view.getInt32(at + 12, true);
    const data = at + CMSG_HEAD;
    if (size < CMSG_HEAD) break;
    if (level === IP.SOL_IP && type === IP.IP_PKTINFO) {
      found.interfaceIndex = view.getInt32(data, true);
      found.destination = readAddress(bytesAt(data + 8, 4), 0);
    } else if (level === IP.SOL_IPV6 && type === IP.IPV6_PKTINFO) {
      found.interfaceIndex = view.getInt32(data + 16, true);
      found.destination = readAddress(bytesAt(data, 16), found.interfaceIndex);
    } else if (type === (level === IP.SOL_IP ? IP.IP_TTL : IP.IPV6_HOPLIMIT)) {
      found.hopLimit = view.getInt32(data, true);
    }
    at += align(size);
  }
  return found;
}

/** Control data that chooses a datagram's way; empty where nothing is chosen. */
export function writeControl(
  { senderAddress, hopLimit, interfaceIndex }: {
    senderAddress: HostAddress;
    hopLimit: number;
    interfaceIndex: number;
  },
  isIPv4: boolean,
): Bytes {
  const bytes = new Uint8Array(64);
  const view = new DataView(bytes.buffer);
  let end = 0;
  const begin = (type: number, size: number) => {
    const at = end;
    view.setUint32(at, CMSG_HEAD + size, true);
    view.setInt32(at + 8, isIPv4 ? IP.SOL_IP : IP.SOL_IPV6, true);
    view.setInt32(at + 12, type, true);
    end += CMSG_HEAD + align(size);
    return at + CMSG_HEAD;
  };
  if (hopLimit >= 0) view.setInt32(begin(isIPv4 ? IP.IP_TTL : IP.IPV6_HOPLIMIT, 4), hopLimit, true);
  if (interfaceIndex > 0 || !senderAddress.isNull) {
    const at = begin(isIPv4 ? IP.IP_PKTINFO : IP.IPV6_PKTINFO, isIPv4 ? 12 : 20);
    view.setInt32(isIPv4 ? at : at + 16, interfaceIndex, true);
    if (isIPv4) view.setUint32(at + 4, senderAddress.toIPv4Address() ?? 0);
    else bytes.set(senderAddress.toIPv6Address() ?? [], at);
  }
  return bytes.subarray(0, end);
}

/** An `ip_mreqn` or `ipv6_mreq`. */
export function encodeGroup(group: HostAddress, { address, index }: GroupInterface): Bytes {
  const isIPv4 = group.protocol === "ipv4";
  const bytes = new Uint8Array(isIPv4 ? 12 : 20);
  const view = new DataView(bytes.buffer);
  bytes.set(group.toBytes());
  if (isIPv4) view.setUint32(4, address.toIPv4Address() ?? 0);
  view.setInt32(isIPv4 ? 8 : 16, index, true);
  return bytes;
}
