/**
 * Addresses of network interfaces, as values.
 *
 * @module
 */
import { HostAddress } from "../protocol/host_address.ts";

/** Whether the address may be made known by DNS, as QNetworkAddressEntry::DnsEligibilityStatus. */
export type DnsEligibility = "unknown" | "ineligible" | "eligible";

/** What a {@linkcode NetworkAddressEntry} is made of. */
export interface NetworkAddressEntryOptions {
  /** The address. */
  ip?: string | HostAddress;
  /** How many leading bits are the network's; -1 where that is not known. */
  prefixLength?: number;
  /** The address that all of the network hear; left out, it follows from the prefix. */
  broadcast?: string | HostAddress | null;
  /** "unknown" by default. */
  dnsEligibility?: DnsEligibility;
  /** Milliseconds for which the address should be used for new connections. */
  preferredLifetime?: number | null;
  /** Milliseconds for which the address is valid. */
  validityLifetime?: number | null;
}

/**
 * An address of a network interface with its network: an immutable value (QNetworkAddressEntry).
 *
 * Lifetimes and whether DNS may know the address are `null` and "unknown" in what
 * {@linkcode NetworkInterface} gives: no system tells Deno.
 *
 * @example
 * ```ts
 * import { NetworkAddressEntry } from "@quayside/quayside/net";
 * import { assertEquals } from "@std/assert";
 *
 * const entry = new NetworkAddressEntry({ ip: "192.0.2.10", prefixLength: 24 });
 * assertEquals(`${entry.netmask} ${entry.broadcast}`, "255.255.255.0 192.0.2.255");
 * ```
 */
export class NetworkAddressEntry {
  /** The address; of IPv6 with its zone. */
  readonly ip: HostAddress;
  /** How many leading bits are the network's; -1 where that is not known. */
  readonly prefixLength: number;
  /** The address that all of the network hear; the null address where there is none, as in IPv6. */
  readonly broadcast: HostAddress;
  /** Whether the address may be made known by DNS. */
  readonly dnsEligibility: DnsEligibility;
  /** Milliseconds for which the address should be used for new connections; `null`: not known. */
  readonly preferredLifetime: number | null;
  /** Milliseconds for which the address is valid; `null`: not known. */
  readonly validityLifetime: number | null;

  /**
   * Makes an entry.
   *
   * @param options What it says; the null address without any.
   * @throws {TypeError} A text is no address.
   * @throws {RangeError} The address has no such prefix.
   */
  constructor(options: NetworkAddressEntryOptions = {}) {
    const { ip = HostAddress.null, prefixLength = -1, broadcast } = options;
    this.ip = addressOf(ip);
    this.prefixLength = checkedPrefix(this.ip, prefixLength);
    this.broadcast = addressOf(broadcast ?? broadcastOf(this));
    this.dnsEligibility = options.dnsEligibility ?? "unknown";
    this.preferredLifetime = options.preferredLifetime ?? null;
    this.validityLifetime = options.validityLifetime ?? null;
  }

  /** The mask of the network; the null address where the prefix is not known. */
  get netmask(): HostAddress {
    const { ip, prefixLength } = this;
    if (prefixLength < 0) return HostAddress.null;
    const ones = Uint8Array.from(ip.toBytes(), (_, at) => {
      const bits = Math.min(8, Math.max(0, prefixLength - 8 * at));
      return 0xff << (8 - bits);
    });
    return new HostAddress(ones);
  }

  /** Whether it is known how long the address is valid. */
  get isLifetimeKnown(): boolean {
    return this.validityLifetime !== null;
  }

  /** Whether the address is valid without an end, as far as that is known (as in Qt). */
  get isPermanent(): boolean {
    return this.validityLifetime === null || this.validityLifetime === Infinity;
  }

  /** Whether the address is valid only for a time. */
  get isTemporary(): boolean {
    return !this.isPermanent;
  }

  /**
   * A changed copy: what Qt's setters do. A broadcast address that followed from the prefix follows
   * from the new one.
   *
   * @param changes What is other than here.
   * @throws {TypeError} A text is no address.
   * @throws {RangeError} The address has no such prefix.
   */
  with(changes: NetworkAddressEntryOptions): NetworkAddressEntry {
    const { broadcast, ...rest } = this;
    const follows = broadcast.equals(broadcastOf(this), "strict");
    return new NetworkAddressEntry({ ...rest, ...(!follows && { broadcast }), ...changes });
  }
}

function addressOf(address: string | HostAddress): HostAddress {
  return typeof address === "string" ? new HostAddress(address) : address;
}

function checkedPrefix(ip: HostAddress, prefixLength: number): number {
  const most = ip.toBytes().length * 8;
  const isOne = Number.isInteger(prefixLength) && prefixLength >= -1 && prefixLength <= most;
  if (isOne) return prefixLength;
  throw new RangeError(`Cannot use prefix ${prefixLength} of "${ip}": expected -1 to ${most}`);
}

/** All ones where the host's number stands (RFC 919); networks of two addresses have none. */
function broadcastOf({ ip, prefixLength }: { ip: HostAddress; prefixLength: number }): HostAddress {
  if (ip.protocol !== "ipv4" || prefixLength < 0 || prefixLength > 30) return HostAddress.null;
  return new HostAddress((ip.toIPv4Address()! | 0xffffffff >>> prefixLength) >>> 0);
}
