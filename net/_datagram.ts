/**
 * The seam between a UdpSocket and what sends and receives for it, and what its engines share.
 *
 * @module
 */
import { SocketError } from "../core/error.ts";
import type { PermissionScope } from "../core/permission.ts";
import { HostAddress } from "../protocol/host_address.ts";
import type { NetworkDatagram } from "./network_datagram.ts";
import type { NetworkInterface } from "./network_interface.ts";
import type { SocketOption } from "./_socket_options.ts";

/**
 * What sends and receives datagrams: "deno" (`Deno.listenDatagram`, only with `--unstable-net`),
 * "node" (node:dgram), "ffi" (libc's own sockets, only with `--allow-ffi`).
 */
export type DatagramEngineName = "deno" | "node" | "ffi";

/** Where a socket is bound, and what it is asked for: that chooses the engine. */
export interface DatagramPlace {
  /** The wildcard of both protocols takes IPv4 too, as far as the machine has IPv6. */
  readonly address: HostAddress;
  readonly port: number;
  readonly reuseAddress: boolean;
  readonly reusePort: boolean;
  /** Whether datagrams shall tell of their way. */
  readonly packetInformation: boolean;
  /** The engine by name, whatever else is asked for. */
  readonly engine: DatagramEngineName | undefined;
  /** What is set as soon as the socket is bound. */
  readonly options: ReadonlyMap<SocketOption, number | boolean>;
  /** Where what is sent to groups leaves by. */
  readonly multicastInterface: NetworkInterface | null;
  readonly scope: PermissionScope;
}

/** Where an engine reports. */
export interface DatagramObserver {
  /** A datagram came; false: no more until {@linkcode DatagramEngine.resume}. */
  received(datagram: ReceivedDatagram): boolean;
  /** The system took a datagram of so many bytes. */
  sent(size: number): void;
  /** A datagram could not be sent; the socket goes on. */
  sendFailed(error: unknown, size: number): void;
  /** Something else failed that the socket survives. */
  failed(error: unknown, doing: string): void;
  /** Nothing can be received any more. */
  ended(error: unknown): void;
}

/** What an engine knows of a datagram. */
export interface ReceivedDatagram {
  /** Bytes that nobody else has. */
  readonly data: Uint8Array<ArrayBuffer>;
  readonly address: HostAddress;
  readonly port: number;
  readonly destination?: HostAddress;
  readonly hopLimit?: number;
  readonly interfaceIndex?: number;
}

/** The other end of a connected socket. */
export interface DatagramPeer {
  readonly address: HostAddress;
  readonly port: number;
}

/** The interface that a group is joined on, by all that engines may want. */
export interface GroupInterface {
  /** 0: whichever the system thinks best. */
  readonly index: number;
  readonly name: string;
  /** Its IPv4 address, or the wildcard. */
  readonly address: HostAddress;
}

/** A bound socket. Its methods throw what the system says. */
export interface DatagramEngine {
  readonly name: DatagramEngineName;
  readonly localAddress: HostAddress;
  readonly localPort: number;
  /** Begins to receive, or goes on. */
  resume(): void;
  /**
   * Sends, and tells the observer how that went: at once, or later. It is called again only then,
   * since neither Deno nor node keeps the order of what is on its way.
   */
  send(datagram: NetworkDatagram): void;
  /** The system's own connected mode; without it the socket compares senders itself. */
  connect?(peer: DatagramPeer): void;
  joinGroup(group: HostAddress, on: GroupInterface): void;
  leaveGroup(group: HostAddress, on: GroupInterface): void;
  /** Where what is sent to groups leaves by. */
  setMulticastInterface?(on: GroupInterface): void;
  /** Sets an option; false: it has no such option. */
  setOption(option: SocketOption, value: number | boolean): boolean;
  /** What the system says of an option; null: it cannot be asked. */
  option(option: SocketOption): number | boolean | null;
  /** Closes at once; settles when nothing of it is left. */
  close(): void | Promise<void>;
  ref(): void;
  unref(): void;
}

/** Makes a bound socket of an engine, or throws what the system says. */
export type OpenDatagram = (place: DatagramPlace, observer: DatagramObserver) => DatagramEngine;

/** What is missing, and what would give it. */
export function lacking(doing: string, instead: string): SocketError {
  const so = `the engine cannot; ${instead} would`;
  return new SocketError("unsupportedSocketOperation", `Cannot ${doing}: ${so}`);
}

/** How the system's wildcard is written for a place: that of both protocols is IPv6's. */
export function hostnameOf(address: HostAddress): string {
  return address === HostAddress.any ? "::" : `${address}`;
}

/** The addresses in the texts of an engine; whoever sends many datagrams is read only once. */
export class AddressReader {
  readonly #scopeId: string;
  #text = "";
  #address: HostAddress = HostAddress.null;

  /** @param local Where the socket is bound: its zone is that of link-local senders. */
  constructor(local: HostAddress) {
    this.#scopeId = local.scopeId;
  }

  /** The address; IPv4 also where a socket of both protocols wrote it as IPv6. */
  read(text: string): HostAddress {
    if (text !== this.#text) {
      this.#text = text;
      this.#address = this.#parsed(text);
    }
    return this.#address;
  }

  #parsed(text: string): HostAddress {
    const address = HostAddress.parse(text) ?? HostAddress.null;
    if (address.protocol !== "ipv6") return address;
    const v4 = address.toIPv4Address();
    if (v4) return new HostAddress(v4);
    const needsZone = address.isLinkLocal && address.scopeId === "" && this.#scopeId !== "";
    return needsZone ? address.withScopeId(this.#scopeId) : address;
  }
}
