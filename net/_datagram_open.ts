/**
 * Which engine binds a datagram socket: the first that has what is asked for.
 *
 * @module
 */
import { HostAddress } from "../protocol/host_address.ts";
import type { DatagramEngineName, DatagramPlace, OpenDatagram } from "./_datagram.ts";
import { openByDeno } from "./_datagram_deno.ts";
import { openByFfi } from "./_datagram_ffi.ts";
import { openByNode } from "./_datagram_node.ts";

const engines: Readonly<Record<DatagramEngineName, OpenDatagram>> = {
  deno: openByDeno,
  node: openByNode,
  ffi: openByFfi,
};

/** Binds a socket of the engine that has what is asked for. */
export const openDatagram: OpenDatagram = (place, observer) => {
  const open = engines[place.engine ?? engineFor(place)];
  try {
    return open(place, observer);
  } catch (error) {
    const { code } = error as { code?: unknown };
    const lacksIPv6 = code === "EADDRNOTAVAIL" || code === "EAFNOSUPPORT";
    if (place.address !== HostAddress.any || !lacksIPv6) throw error;
    return open({ ...place, address: HostAddress.anyIPv4 }, observer);
  }
};

/** The first engine that has what is asked for: the fastest without FFI, if it is there at all. */
function engineFor(place: DatagramPlace): DatagramEngineName {
  const { address, multicastInterface, options, packetInformation, reusePort } = place;
  if (packetInformation || reusePort || options.has("typeOfService")) return "ffi";
  // Deno's wildcard of IPv6 takes IPv4 too, and its sockets have no options.
  const isIPv6Alone = address.protocol === "ipv6" && HostAddress.any.equals(address);
  const isPlain = options.size === 0 && multicastInterface === null && !isIPv6Alone;
  return isPlain && Deno.listenDatagram !== undefined ? "deno" : "node";
}
