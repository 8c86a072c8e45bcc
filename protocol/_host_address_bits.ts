/** Arithmetic on addresses: IPv4 as unsigned 32-bit numbers, IPv6 as 16 bytes. */

/** What may be taken for the same address (QHostAddress::ConversionMode). */
export type HostAddressConversion = "v4Mapped" | "v4Compat" | "unspecified" | "localHost";

/** How many leading bits two IPv6 addresses share. */
export function commonBits(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((byte, i) => byte !== b[i]);
  return at < 0 ? 128 : 8 * at + Math.clz32(a[at]! ^ b[at]!) - 24;
}

/** Clears all but the first `length` bits. */
export function maskBytes(bytes: Uint8Array<ArrayBuffer>, length: number): Uint8Array<ArrayBuffer> {
  return bytes.map((byte, i) => byte & 0xff00 >> Math.min(Math.max(length - 8 * i, 0), 8));
}

/** Clears all but the first `length` bits. */
export function maskIPv4(address: number, length: number): number {
  // A shift by 32 is a shift by 0, so length 0 needs its own answer.
  return length === 0 ? 0 : (address >>> 32 - length << 32 - length) >>> 0;
}

/** The length of a netmask of ones followed by zeros; -1 for any other, and for -1. */
export function netmaskLength(mask: number): number {
  if (mask < 0) return -1;
  const length = Math.clz32(~mask);
  return length === 32 || mask << length === 0 ? length : -1;
}

/** The IPv4 address in ::ffff:0:0/96, else -1. */
export function mappedIPv4(bytes: Uint8Array<ArrayBuffer>): number {
  if (bytes[10] !== 0xff || bytes[11] !== 0xff || commonBits(bytes, zero) < 80) return -1;
  return lastWord(bytes);
}

/** The conversion under which an IPv6 address stands for an IPv4 one, as Qt's isEqual has it. */
export function conversionBetween(
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
