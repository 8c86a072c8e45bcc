/**
 * Reading and writing addresses as text: dotted quads, RFC 4291 §2.2 and RFC 5952.
 *
 * Strict on purpose: "010.0.0.1" is 10.0.0.1 to one program and 8.0.0.1 to another, which is how
 * filters are fooled. What inet_aton takes besides is read by a function of its own.
 */

/** An IPv6 address with its zone, "" without one. */
export interface ParsedIPv6 {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly scopeId: string;
}

/** Reads an address of either protocol: a number is IPv4. */
export function parseAddress(text: string, legacyForms = false): number | ParsedIPv6 | null {
  const v4 = parseIPv4(text);
  if (v4 >= 0) return v4;
  if (!text.includes(":")) {
    const legacy = legacyForms ? parseLegacyIPv4(text) : -1;
    return legacy < 0 ? null : legacy;
  }
  const percent = text.indexOf("%");
  const scopeId = percent < 0 ? "" : text.slice(percent + 1);
  if (percent >= 0 && !isScopeId(scopeId)) return null;
  const bytes = parseIPv6(percent < 0 ? text : text.slice(0, percent));
  return bytes && { bytes, scopeId };
}

/** Whether a text can be a zone (RFC 4007 §11): no "%" and nothing that URLs would trip over. */
export function isScopeId(text: string): boolean {
  return /^[^\s%/[\]]+$/.test(text);
}

/** Reads four decimal octets without leading zeros; -1 for anything else. */
export function parseIPv4(text: string): number {
  let address = 0;
  let octet = -1; // -1: no digit of this octet yet
  let dots = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === dot) {
      if (octet < 0 || ++dots > 3) return -1;
      address = address << 8 | octet;
      octet = -1;
    } else {
      const digit = code - zero;
      if (digit < 0 || digit > 9 || octet === 0) return -1;
      octet = octet < 0 ? digit : octet * 10 + digit;
      if (octet > 255) return -1;
    }
  }
  return dots === 3 && octet >= 0 ? (address << 8 | octet) >>> 0 : -1;
}

/**
 * Reads what inet_aton takes, as Qt does: one to four parts, decimal, octal ("010") or
 * hexadecimal ("0x7f"), of which the last fills all bytes that remain. -1 for anything else.
 */
function parseLegacyIPv4(text: string): number {
  const parts = text.split(".");
  if (parts.length > 4) return -1;
  let address = 0;
  for (const [i, part] of parts.entries()) {
    if (!legacyNumber.test(part)) return -1;
    const octal = part.length > 1 && part[0] === "0" && part[1]!.toLowerCase() !== "x";
    const value = octal ? parseInt(part, 8) : Number(part);
    const bytes = i === parts.length - 1 ? 5 - parts.length : 1;
    if (value >= 2 ** (8 * bytes)) return -1;
    address = address * 2 ** (8 * bytes) + value;
  }
  return address;
}

/** Reads the forms of RFC 4291 §2.2 into 16 bytes; null for anything else. */
function parseIPv6(text: string): Uint8Array<ArrayBuffer> | null {
  const bytes = new Uint8Array(16);
  let at = 0; // where the next group goes
  let gap = -1; // where "::" stood
  let i = 0;
  if (text.charCodeAt(0) === colon) {
    if (text.charCodeAt(1) !== colon) return null;
    gap = 0;
    i = 2;
  }
  while (i < text.length) {
    const start = i;
    let group = 0;
    for (let digit; i < text.length && (digit = hexDigit(text.charCodeAt(i))) >= 0; i++) {
      group = group << 4 | digit;
    }
    if (text.charCodeAt(i) === dot) {
      const last = at <= 12 ? parseIPv4(text.slice(start)) : -1;
      if (last < 0) return null;
      new DataView(bytes.buffer).setUint32(at, last);
      at += 4;
      break;
    }
    if (i === start || i - start > 4 || at > 14) return null;
    bytes[at++] = group >> 8;
    bytes[at++] = group;
    if (i === text.length) break;
    if (text.charCodeAt(i++) !== colon) return null;
    if (text.charCodeAt(i) === colon) {
      if (gap >= 0) return null;
      gap = at;
      i++;
    } else if (i === text.length) return null;
  }
  if (gap < 0) return at === 16 ? bytes : null;
  if (at === 16) return null; // "::" stands for at least one group
  bytes.copyWithin(16 - (at - gap), gap, at);
  return bytes.fill(0, gap, 16 - (at - gap));
}

/** Writes a dotted quad. */
export function formatIPv4(address: number): string {
  return `${address >>> 24}.${address >>> 16 & 255}.${address >>> 8 & 255}.${address & 255}`;
}

/** Writes as RFC 5952 wants it; v4-mapped addresses end in a dotted quad (§5). */
export function formatIPv6(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes[2 * i]! << 8 | bytes[2 * i + 1]!);
  if (groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0)) {
    const [a, b, c, d] = bytes.subarray(12);
    return `::ffff:${a}.${b}.${c}.${d}`;
  }
  const { start, length } = longestZeroRun(groups);
  const hex = groups.map((group) => group.toString(16));
  if (length < 2) return hex.join(":"); // §4.2.2: "::" never for one group
  return `${hex.slice(0, start).join(":")}::${hex.slice(start + length).join(":")}`;
}

/** RFC 5952 §4.2.3: the longest run of zero groups, the first of equals. */
function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let i = 0; i < groups.length; i++) {
    const start = i;
    while (groups[i] === 0) i++;
    if (i - start > best.length) best = { start, length: i - start };
  }
  return best;
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

const legacyNumber = /^(?:0x[0-9a-f]+|0[0-7]*|[1-9][0-9]*)$/i;
const zero = 48;
const dot = 46;
const colon = 58;
