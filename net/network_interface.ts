/**
 * The network interfaces of the machine.
 *
 * @module
 */
import { PermissionScope } from "../core/permission.ts";
import { HostAddress } from "../protocol/host_address.ts";
import {
  type InterfaceAddress,
  type InterfaceDetails,
  interfaceDetails,
  interfaceNames,
} from "./_interfaces.ts";
import { NetworkAddressEntry } from "./network_address_entry.ts";

/** What an interface is and can do, as QNetworkInterface::InterfaceFlag. */
export type InterfaceFlag =
  | "isUp"
  | "isRunning"
  | "canBroadcast"
  | "isLoopBack"
  | "isPointToPoint"
  | "canMulticast";

/** The kind of an interface, as QNetworkInterface::InterfaceType. */
export type InterfaceType =
  | "unknown"
  | "loopback"
  | "virtual"
  | "ethernet"
  | "slip"
  | "canBus"
  | "ppp"
  | "fddi"
  | "wifi"
  | "phonet"
  | "ieee802154"
  | "sixLoWPAN"
  | "ieee80216"
  | "ieee1394";

/** Options of everything that lists interfaces. */
export interface NetworkInterfaceOptions {
  /** Narrows what may be asked of the system. */
  scope?: PermissionScope;
}

/**
 * A network interface, as it was when it was asked for: an immutable value (QNetworkInterface).
 *
 * Deno tells names, addresses and hardware addresses of the interfaces that have an address. On
 * Linux a program with all permissions (`-A`) sees the rest too: interfaces without an address,
 * numbers, flags, kinds, sizes. What is not known is `null`, or a kind of "unknown".
 *
 * Needs `--allow-sys=networkInterfaces`.
 *
 * @example
 * ```ts
 * import { HostAddress, NetworkInterface } from "@quayside/quayside/net";
 * import { assert } from "@std/assert";
 *
 * const loopback = NetworkInterface.allInterfaces()
 *   .find(({ addressEntries }) => addressEntries.some(({ ip }) => ip.isLoopback));
 * assert(loopback !== undefined);
 * assert(NetworkInterface.allAddresses().some((ip) => ip.equals(HostAddress.localHost)));
 * ```
 */
export class NetworkInterface {
  /** The name that the system uses: "eth0". */
  readonly name: string;
  /** Its addresses, in the system's order. */
  readonly addressEntries: readonly NetworkAddressEntry[];
  /** The hardware address as "02:fc:00:00:00:01"; "" where there is none. */
  readonly hardwareAddress: string;
  /** The number that the system knows it by; `null` where that is not known. */
  readonly index: number | null;
  /** What it is and can do; `null` where that is not known. */
  readonly flags: ReadonlySet<InterfaceFlag> | null;
  /** Its kind. */
  readonly type: InterfaceType;
  /** The largest packet that goes through in one piece, in bytes; `null` where that is not known. */
  readonly maximumTransmissionUnit: number | null;

  /** Made of what the system says: the ways to an interface are the static methods. */
  protected constructor(name: string, infos: readonly InterfaceAddress[]) {
    const details = interfaceDetails(name);
    const zone = infos.find(({ scopeid }) => Boolean(scopeid))?.scopeid;
    this.name = name;
    this.addressEntries = infos.map(entryOf);
    this.hardwareAddress = hardwareAddressOf(infos[0]?.mac ?? details?.hardwareAddress ?? "");
    this.index = details?.index ?? zone ?? null;
    this.flags = details && flagsOf(details.flags);
    this.type = details ? typeOf(details) : this.#isLoopback ? "loopback" : "unknown";
    this.maximumTransmissionUnit = details?.mtu ?? null;
  }

  /**
   * All interfaces that the system shows.
   *
   * Needs `--allow-sys=networkInterfaces`.
   *
   * @param options `scope`.
   * @throws {PermissionError} The permission is missing.
   */
  static allInterfaces(options: NetworkInterfaceOptions = {}): NetworkInterface[] {
    const { scope = PermissionScope.process } = options;
    scope.require({ name: "sys", kind: "networkInterfaces" });
    const infos = Map.groupBy(Deno.networkInterfaces(), ({ name }) => name);
    const names = new Set([...infos.keys(), ...interfaceNames() ?? []]);
    return [...names].map((name) => new NetworkInterface(name, infos.get(name) ?? []));
  }

  /**
   * The addresses of all interfaces that are up, loopback included.
   *
   * Needs `--allow-sys=networkInterfaces`.
   *
   * @param options `scope`.
   * @throws {PermissionError} The permission is missing.
   */
  static allAddresses(options: NetworkInterfaceOptions = {}): HostAddress[] {
    return NetworkInterface.allInterfaces(options)
      .filter(({ flags }) => flags === null || flags.has("isUp"))
      .flatMap(({ addressEntries }) => addressEntries.map(({ ip }) => ip));
  }

  /**
   * The interface with a name, or a number as text; `null` when there is none.
   *
   * Needs `--allow-sys=networkInterfaces`.
   *
   * @param name As {@linkcode NetworkInterface.name}.
   * @param options `scope`.
   * @throws {PermissionError} The permission is missing.
   */
  static interfaceFromName(
    name: string,
    options: NetworkInterfaceOptions = {},
  ): NetworkInterface | null {
    return NetworkInterface.allInterfaces(options).find((each) => each.name === name) ??
      (/^[1-9][0-9]*$/.test(name) ? NetworkInterface.interfaceFromIndex(+name, options) : null);
  }

  /**
   * The interface with a number; `null` when there is none, or numbers are not known.
   *
   * Needs `--allow-sys=networkInterfaces`.
   *
   * @param index As {@linkcode NetworkInterface.index}.
   * @param options `scope`.
   * @throws {PermissionError} The permission is missing.
   */
  static interfaceFromIndex(
    index: number,
    options: NetworkInterfaceOptions = {},
  ): NetworkInterface | null {
    return NetworkInterface.allInterfaces(options).find((each) => each.index === index) ?? null;
  }

  /**
   * The number of the interface with a name; `null` when there is none, or it is not known.
   *
   * Needs `--allow-sys=networkInterfaces`.
   *
   * @param name As {@linkcode NetworkInterface.name}.
   * @throws {PermissionError} The permission is missing.
   */
  static interfaceIndexFromName(name: string): number | null {
    return NetworkInterface.interfaceFromName(name)?.index ?? null;
  }

  /**
   * The name of the interface with a number; `null` when there is none, or numbers are not known.
   *
   * Needs `--allow-sys=networkInterfaces`.
   *
   * @param index As {@linkcode NetworkInterface.index}.
   * @throws {PermissionError} The permission is missing.
   */
  static interfaceNameFromIndex(index: number): string | null {
    return NetworkInterface.interfaceFromIndex(index)?.name ?? null;
  }

  /** The name for people: on Windows the one that settings show, else {@linkcode name}. */
  get humanReadableName(): string {
    return this.name;
  }

  get #isLoopback(): boolean {
    return this.addressEntries.length > 0 && this.addressEntries.every(({ ip }) => ip.isLoopback);
  }
}

function entryOf({ address, cidr, family, scopeid }: InterfaceAddress): NetworkAddressEntry {
  const ip = new HostAddress(address);
  const zone = family === "IPv6" && ip.isLinkLocal && scopeid ? `${scopeid}` : "";
  const prefixLength = Number(cidr.slice(cidr.lastIndexOf("/") + 1));
  return new NetworkAddressEntry({
    ip: zone === "" ? ip : ip.withScopeId(zone),
    prefixLength,
    // A machine that talks to itself has nobody to call to.
    ...(ip.isLoopback && { broadcast: HostAddress.null }),
  });
}

/** As Qt writes it: capital digits; nothing for the zeros that stand for none. */
function hardwareAddressOf(text: string): string {
  return /^[0:]*$/.test(text) ? "" : text;
}

/** Bits of <linux/if.h>. */
const FLAGS: Readonly<Record<InterfaceFlag, number>> = {
  isUp: 0x1,
  isRunning: 0x40,
  canBroadcast: 0x2,
  isLoopBack: 0x8,
  isPointToPoint: 0x10,
  canMulticast: 0x1000,
};

function flagsOf(bits: number): ReadonlySet<InterfaceFlag> {
  const names = Object.keys(FLAGS) as InterfaceFlag[];
  return new Set(names.filter((name) => (bits & FLAGS[name]) !== 0));
}

/** Numbers of <linux/if_arp.h>, as Qt reads them. */
const TYPES: Readonly<Record<number, InterfaceType>> = {
  1: "ethernet",
  24: "ieee1394",
  256: "slip",
  257: "slip",
  258: "slip",
  259: "slip",
  280: "canBus",
  512: "ppp",
  768: "virtual",
  769: "virtual",
  772: "loopback",
  774: "fddi",
  776: "virtual",
  778: "virtual",
  801: "wifi",
  802: "wifi",
  803: "wifi",
  804: "ieee802154",
  805: "ieee802154",
  820: "phonet",
  821: "phonet",
  825: "sixLoWPAN",
};

function typeOf({ type, isWireless }: InterfaceDetails): InterfaceType {
  const kind = TYPES[type] ?? "unknown";
  return kind === "ethernet" && isWireless ? "wifi" : kind;
}
