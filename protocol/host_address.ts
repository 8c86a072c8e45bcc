/**
 * Addresses of the Internet protocol, as values.
 *
 * @module
 */
import {
  formatIPv4,
  formatIPv6,
  isScopeId,
  parseAddress,
  type ParsedIPv6,
  parseIPv4,
} from "./_host_address_text.ts";

/** What may be taken for the same address (QHostAddress::ConversionMode). */
export type HostAddressConversion = "v4Mapped" | "v4Compat" | "unspecified" | "localHost";

/** The layer an address belongs to: "any" is the dual-stack wildcard, "unknown" no address. */
export type HostAddressProtocol = "ipv4" | "ipv6" | "any" | "unknown";

/** A network: what {@linkcode HostAddress.parseSubnet} gives. */
export interface HostAddressSubnet {
  /** The lowest address of the network. */
  readonly address: HostAddress;
  /** How many leading bits the network fixes: up to 32 for IPv4, up to 128 for IPv6. */
  readonly prefixLength: number;
}

/**
 * An IPv4 or IPv6 address, the dual-stack wildcard, or none: an immutable value (QHostAddress).
 *
 * Text is read strictly; `legacyForms` adds what inet_aton takes and Qt with it. An IPv4 address
 * inside an IPv6 one ("::ffff:127.0.0.1") is classified by its IPv4 meaning, as in Qt, since the
 * system connects to that. Scope ids ("fe80::1%eth0") belong to the value.
 *
 * @example
 * ```ts
 * import { HostAddress } from "@quayside/quayside/net";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const address = new HostAddress("2001:DB8:0:0::1");
 * assertEquals(`${address}`, "2001:db8::1");
 * assert(address.isInSubnet("2001:db8::/32"));
 * assertEquals(HostAddress.parse("010.0.0.1"), null);
 * assert(new HostAddress("::ffff:127.0.0.1").isLoopback);
 * ```
 */
export class HostAddress {
  /** No address at all: QHostAddress::Null. Prints as "". */
  static readonly null: HostAddress = new HostAddress();
  /** The wildcard of both protocols: QHostAddress::Any. Prints as "0.0.0.0", as in Qt. */
  static readonly any: HostAddress = HostAddress.#dualStack();
  /** The IPv4 wildcard, 0.0.0.0: a socket bound to it takes IPv4 alone. */
  static readonly anyIPv4: HostAddress = new HostAddress(0);
  /** The IPv6 wildcard, "::": a socket bound to it takes IPv6 alone. */
  static readonly anyIPv6: HostAddress = new HostAddress("::");
  /** The IPv4 loopback address, 127.0.0.1. */
  static readonly localHost: HostAddress = new HostAddress(0x7f000001);
  /** The IPv6 loopback address, "::1". */
  static readonly localHostIPv6: HostAddress = new HostAddress("::1");
  /** The IPv4 broadcast address, 255.255.255.255. */
  static readonly broadcast: HostAddress = new HostAddress(0xffffffff);

  /** The zone of an IPv6 address, an interface's name or number (RFC 4007); "" without one. */
  readonly scopeId: string;
  #protocol: HostAddressProtocol;
  /** The IPv4 address that this is or embeds v4-mapped (RFC 4291 §2.5.5.2), else -1. */
  readonly #v4: number;
  readonly #v6: Uint8Array<ArrayBuffer> | null;

  /**
   * Makes an address.
   *
   * @param address Text as {@linkcode HostAddress.parse} reads it strictly, 4 or 16 bytes in network
   * order, or an IPv4 address as a number. Without it the address is null.
   * @param options `scopeId`: the zone of an IPv6 address.
   * @throws {TypeError} If the text is no address, the bytes are neither 4 nor 16, or there is no
   * IPv6 address for the zone.
   * @throws {RangeError} If the number is not an integer from 0 to 2³² - 1.
   */
  constructor(address?: string | Uint8Array | number, options: { scopeId?: string } = {}) {
    const value = typeof address === "string" ? readText(address) : address;
    if (typeof value === "object") {
      const bytes = "bytes" in value ? value.bytes : readBytes(value);
      this.scopeId = options.scopeId ?? ("bytes" in value ? value.scopeId : "");
      this.#protocol = bytes.length === 4 ? "ipv4" : "ipv6";
      this.#v6 = bytes.length === 4 ? null : bytes;
      this.#v4 = bytes.length === 4 ? new DataView(bytes.buffer).getUint32(0) : mappedIPv4(bytes);
    } else {
      if (value !== undefined) requireIPv4Number(value);
      this.scopeId = options.scopeId ?? "";
      this.#protocol = value === undefined ? "unknown" : "ipv4";
      this.#v6 = null;
      this.#v4 = value ?? -1;
    }
    if (this.scopeId !== "") requireScope(this);
  }

  static #dualStack(): HostAddress {
    const any = new HostAddress();
    any.#protocol = "any";
    return any;
  }

  /**
   * Reads an address: a dotted quad, or the forms of RFC 4291 §2.2 with an optional "%zone".
   *
   * @param text The address, without brackets and without space around it.
   * @param options `legacyForms`: also takes inet_aton's short, octal and hexadecimal forms, as Qt
   * does ("127.1", "010.0.0.1" as 8.0.0.1, "0x7f.1", "4294967295"). Never on what a filter reads.
   * @returns The address, or null if the text is none.
   */
  static parse(text: string, options?: { legacyForms?: boolean }): HostAddress | null {
    const read = parseAddress(text, options?.legacyForms);
    if (read === null) return null;
    return typeof read === "number" ? new HostAddress(read) : new HostAddress(read.bytes, read);
  }

  /**
   * Reads a network: "10.0.0.0/8", "10/8", "127." (/8), "1.2.3" (/24), "172.16.0.0/255.240.0.0",
   * "2001:db8::/32". Without a prefix IPv4 counts the octets that are there, IPv6 is one address.
   * The bits of the host are cleared where a prefix is given. Unlike Qt, octets with leading zeros
   * are refused. Zones play no part in networks and are dropped.
   *
   * @param text The network.
   * @returns The network, or null if the text is none (Qt: a null address and -1).
   */
  static parseSubnet(text: string): HostAddressSubnet | null {
    const [network, mask, rest] = text.split("/");
    if (network === undefined || rest !== undefined) return null;
    if (!network.includes(":")) return parseIPv4Subnet(network, mask);
    const read = parseAddress(network);
    const prefixLength = mask === undefined ? 128 : decimal(mask, 128);
    if (read === null || typeof read === "number" || prefixLength < 0) return null;
    return { address: new HostAddress(maskBytes(read.bytes, prefixLength)), prefixLength };
  }

  /** The layer: "ipv4", "ipv6", "any" (the dual-stack wildcard) or "unknown" (no address). */
  get protocol(): HostAddressProtocol {
    return this.#protocol;
  }

  /** No address at all; "0.0.0.0" and "::" are addresses. */
  get isNull(): boolean {
    return this.#protocol === "unknown";
  }

  /** In 127.0.0.0/8, or "::1". */
  get isLoopback(): boolean {
    return this.#v4 >= 0 ? this.#v4 >>> 24 === 127 : this.equals(HostAddress.localHostIPv6, []);
  }

  /** In 169.254.0.0/16 (RFC 3927) or fe80::/10 (RFC 4291 §2.5.6). */
  get isLinkLocal(): boolean {
    return this.#v4 >= 0 ? this.#v4 >>> 16 === 0xa9fe : (this.#head & 0xffc0) === 0xfe80;
  }

  /** In fec0::/10, deprecated by RFC 3879. */
  get isSiteLocal(): boolean {
    return (this.#head & 0xffc0) === 0xfec0;
  }

  /** In fc00::/7 (RFC 4193). */
  get isUniqueLocalUnicast(): boolean {
    return (this.#head & 0xfe00) === 0xfc00;
  }

  /** In 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 (RFC 1918) or fc00::/7 (RFC 4193). */
  get isPrivateUse(): boolean {
    const v4 = this.#v4;
    if (v4 < 0) return this.isUniqueLocalUnicast;
    return v4 >>> 24 === 10 || v4 >>> 20 === 0xac1 || v4 >>> 16 === 0xc0a8;
  }

  /** In 224.0.0.0/4 (RFC 5771) or ff00::/8 (RFC 4291 §2.7). */
  get isMulticast(): boolean {
    return this.#v4 >= 0 ? this.#v4 >>> 28 === 0xe : this.#head >>> 8 === 0xff;
  }

  /** The IPv4 address 255.255.255.255. */
  get isBroadcast(): boolean {
    return this.#v4 === 0xffffffff;
  }

  /**
   * Meaningful beyond its own link: none of loopback, link-local, multicast, 0.0.0.0/8, "::",
   * 240.0.0.0/4. As in Qt that includes private use and unique local addresses, so this is no test
   * for "on the public Internet".
   */
  get isGlobal(): boolean {
    if (this.isLoopback || this.isLinkLocal || this.isMulticast) return false;
    if (this.#v4 >= 0) return this.#v4 >>> 24 !== 0 && this.#v4 >>> 28 !== 0xf;
    return this.#v6 !== null && !this.equals(HostAddress.anyIPv6, []);
  }

  /**
   * The address in network order: 4 bytes of IPv4, 16 of IPv6 and of the dual-stack wildcard (all
   * zero), none of the null address.
   */
  toBytes(): Uint8Array<ArrayBuffer> {
    if (this.#protocol !== "ipv4") return this.toIPv6Address() ?? new Uint8Array(0);
    return this.toIPv6Address()!.slice(12);
  }

  /**
   * The address as an IPv4 number.
   *
   * @returns The number for IPv4 and v4-mapped addresses, 0 for the wildcards, as in Qt; else null.
   */
  toIPv4Address(): number | null {
    if (this.#v4 >= 0) return this.#v4;
    return this.equals(HostAddress.any, ["unspecified"]) ? 0 : null;
  }

  /** The address as 16 bytes, IPv4 v4-mapped; null for the null address. */
  toIPv6Address(): Uint8Array<ArrayBuffer> | null {
    if (this.#v6) return this.#v6.slice();
    if (this.isNull) return null;
    const bytes = new Uint8Array(16);
    if (this.#v4 < 0) return bytes;
    const view = new DataView(bytes.buffer);
    view.setUint32(8, 0xffff);
    view.setUint32(12, this.#v4);
    return bytes;
  }

  /**
   * This IPv6 address with another zone.
   *
   * @param scopeId An interface's name or number; "" takes the zone away.
   * @throws {TypeError} If this is no IPv6 address or the zone cannot be one.
   */
  withScopeId(scopeId: string): HostAddress {
    if (!this.#v6) throw new TypeError(`Cannot give "${this}" a zone: it is no IPv6 address`);
    return new HostAddress(this.#v6, { scopeId });
  }

  /**
   * Whether both are the same address (QHostAddress::isEqual). Like Qt's it does not look at
   * zones, except for "strict".
   *
   * @param other The address to compare with.
   * @param mode "tolerant" (default): IPv4 equals its v4-mapped and v4-compatible forms, the
   * wildcards equal one another, 127.0.0.1 equals "::1"; "strict" (Qt's ==): same protocol, same
   * bits, same zone; or a list of the conversions to allow.
   */
  equals(
    other: HostAddress,
    mode: "tolerant" | "strict" | readonly HostAddressConversion[] = "tolerant",
  ): boolean {
    if (mode === "strict" && this.scopeId !== other.scopeId) return false;
    if (this.#protocol === other.#protocol) {
      return this.#v6 ? commonBits(this.#v6, other.#v6!) === 128 : this.#v4 === other.#v4;
    }
    if (mode === "strict" || this.isNull || other.isNull) return false;
    const needed = this.#conversionTo(other);
    return needed !== null && (mode === "tolerant" || mode.includes(needed));
  }

  /**
   * Whether the address lies in a network. Unlike Qt a v4-mapped address also lies in the IPv4
   * network of its IPv4 meaning.
   *
   * @param subnet The network, as text for {@linkcode HostAddress.parseSubnet} or parsed, or one
   * address of it.
   * @param prefixLength With an address: how many leading bits to compare; too many count as all.
   * @throws {TypeError} If the text is no network.
   */
  isInSubnet(subnet: string | HostAddressSubnet | HostAddress, prefixLength = 128): boolean {
    const { address, prefixLength: bits } = subnet instanceof HostAddress
      ? { address: subnet, prefixLength }
      : typeof subnet === "string"
      ? requireSubnet(subnet)
      : subnet;
    if (bits < 0) return false;
    if (address.#protocol === "ipv4") {
      if (this.#v4 < 0) return false;
      const length = Math.min(bits, 32);
      return maskIPv4(this.#v4, length) === maskIPv4(address.#v4, length);
    }
    return this.#v6 !== null && address.#v6 !== null &&
      commonBits(this.#v6, address.#v6) >= Math.min(bits, 128);
  }

  /** The text: a dotted quad, RFC 5952 with "%zone", "0.0.0.0" for the wildcard, "" for null. */
  toString(): string {
    if (this.#v6) return formatIPv6(this.#v6) + (this.scopeId && `%${this.scopeId}`);
    return this.isNull ? "" : formatIPv4(Math.max(this.#v4, 0));
  }

  /** The same text as {@linkcode HostAddress.toString}. */
  toJSON(): string {
    return this.toString();
  }

  /** How `console.log` shows the address. */
  [Symbol.for("Deno.customInspect")](): string {
    return `HostAddress(${this.#protocol === "any" ? "any" : this})`;
  }

  /** What makes this address and one of another protocol the same; null if nothing does. */
  #conversionTo(other: HostAddress): HostAddressConversion | null {
    const [v6, rest] = this.#v6 ? [this.#v6, other] : [other.#v6, this];
    if (v6 && rest.#protocol === "ipv4") return conversionBetween(v6, rest.#v4);
    // What is left is the dual-stack wildcard and an address.
    const isWildcard = v6 ? isZero(v6) : this.#v4 <= 0 && other.#v4 <= 0;
    return isWildcard ? "unspecified" : null;
  }

  /** The first two bytes of an IPv6 address; 0 for anything else, which is in no class of it. */
  get #head(): number {
    return this.#v6 ? this.#v6[0]! << 8 | this.#v6[1]! : 0;
  }
}

function readText(text: string): number | ParsedIPv6 {
  const read = parseAddress(text);
  if (read === null) throw new TypeError(`Cannot read address "${text}": not IPv4 or IPv6`);
  return read;
}

function readBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  if (bytes.length === 4 || bytes.length === 16) return new Uint8Array(bytes);
  throw new TypeError(`Cannot make an address of ${bytes.length} bytes: neither 4 nor 16`);
}

function requireIPv4Number(address: number): void {
  if (address >= 0 && address <= 0xffffffff && Number.isInteger(address)) return;
  throw new RangeError(`Cannot make an IPv4 address of ${address}: no integer from 0 to 2^32 - 1`);
}

function requireScope({ protocol, scopeId }: HostAddress): void {
  if (protocol === "ipv6" && isScopeId(scopeId)) return;
  const so = protocol === "ipv6" ? "not a zone" : "only IPv6 addresses have zones";
  throw new TypeError(`Cannot give an address the zone "${scopeId}": ${so}`);
}

function requireSubnet(text: string): HostAddressSubnet {
  const subnet = HostAddress.parseSubnet(text);
  if (subnet === null) throw new TypeError(`Cannot read network "${text}": not IPv4 or IPv6`);
  return subnet;
}

function parseIPv4Subnet(network: string, mask: string | undefined): HostAddressSubnet | null {
  const octets = (network.endsWith(".") ? network.slice(0, -1) : network).split(".");
  if (octets.length > 4 || octets.length === 4 && network.endsWith(".")) return null;
  const address = parseIPv4([...octets, "0", "0", "0"].slice(0, 4).join("."));
  const prefixLength = mask === undefined
    ? 8 * octets.length
    : mask.includes(".")
    ? netmaskLength(parseIPv4(mask))
    : decimal(mask, 32);
  if (address < 0 || prefixLength < 0) return null;
  return { address: new HostAddress(maskIPv4(address, prefixLength)), prefixLength };
}

function decimal(text: string, max: number): number {
  return /^[0-9]{1,3}$/.test(text) && Number(text) <= max ? Number(text) : -1;
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

/** How many leading bits two IPv6 addresses share. */
function commonBits(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((byte, i) => byte !== b[i]);
  return at < 0 ? 128 : 8 * at + Math.clz32(a[at]! ^ b[at]!) - 24;
}

/** Clears all but the first `length` bits. */
function maskBytes(bytes: Uint8Array<ArrayBuffer>, length: number): Uint8Array<ArrayBuffer> {
  return bytes.map((byte, i) => byte & 0xff00 >> Math.min(Math.max(length - 8 * i, 0), 8));
}

/** Clears all but the first `length` bits. */
function maskIPv4(address: number, length: number): number {
  // A shift by 32 is a shift by 0, so length 0 needs its own answer.
  return length === 0 ? 0 : (address >>> 32 - length << 32 - length) >>> 0;
}

/** The length of a netmask of ones followed by zeros; -1 for any other, and for -1. */
function netmaskLength(mask: number): number {
  if (mask < 0) return -1;
  const length = Math.clz32(~mask);
  return length === 32 || mask << length === 0 ? length : -1;
}

/** The IPv4 address in ::ffff:0:0/96, else -1. */
function mappedIPv4(bytes: Uint8Array<ArrayBuffer>): number {
  if (bytes[10] !== 0xff || bytes[11] !== 0xff || commonBits(bytes, zero) < 80) return -1;
  return lastWord(bytes);
}

/** The conversion under which an IPv6 address stands for an IPv4 one, as Qt's isEqual has it. */
function conversionBetween(
  v6: Uint8Array<ArrayBuffer>,
  v4: number,
): HostAddressConversion | null {
  const mapped = mappedIPv4(v6);
  if (mapped >= 0) return mapped === v4 ? "v4Mapped" : null;
  if (commonBits(v6, zero) < 96) return null;
  const low = lastWord(v6);
  if (low === 1) return v4 === 0x7f000001 ? "localHost" : null;
  if (low !== v4) return null;
  return low === 0 ? "unspecified" : "v4Compat";
}

function lastWord(bytes: Uint8Array<ArrayBuffer>): number {
  return new DataView(bytes.buffer).getUint32(12);
}

const zero = new Uint8Array(16);
