/**
 * A block of header fields, from and to the wire (RFC 9112 section 5).
 *
 * A block is waited for whole, decoded once, and accepted by one regular expression; only what
 * that refuses is looked at line by line, for the reason or for the lenience that a response is
 * owed. Done line by line from the start, the same work takes more than twice as long.
 *
 * @module
 */
import { headerAccess, trimSpace } from "./_header_access.ts";
import { type ByteReader, decodeLatin1 } from "./byte_reader.ts";
import { LimitExceededError, RemoteProtocolError } from "./error.ts";
import type { Parser } from "./exchange.ts";
import "./http_headers.ts"; // fills in headerAccess
import type { HttpHeaders } from "./http_headers.ts";

/** How large a head may be; every limit is the name to look for in a {@linkcode LimitExceededError}. */
export interface HeaderLimits {
  /** The most bytes of a start line and its fields together; 256 KiB by default. */
  readonly maxHeaderSize: number;
  /** The most bytes of one field line; 100 KiB by default. */
  readonly maxFieldSize: number;
  /** The most fields; 100 by default. */
  readonly maxFields: number;
  /** The most bytes of a reason phrase; 1024 by default. */
  readonly maxReasonPhrase: number;
}

/** The limits that QHttp1Configuration's parser has. */
export const defaultHeaderLimits: HeaderLimits = {
  maxHeaderSize: 256 * 1024,
  maxFieldSize: 100 * 1024,
  maxFields: 100,
  maxReasonPhrase: 1024,
};

/** How {@linkcode parseHeaderBlock} reads. */
export interface HeaderBlockOptions extends HeaderLimits {
  /**
   * Whether it came from a server: then LF alone ends a line (RFC 9112 section 2.2) and a folded
   * line continues the one before (section 5.2); from a client both are refused.
   */
  readonly lenient: boolean;
}

/**
 * Where a block ends: just past its first empty line.
 *
 * @param bytes What has arrived; it begins at the start of a line.
 * @param from How many of them were searched before.
 * @returns -1 when no empty line has arrived.
 */
export function headerBlockEnd(bytes: Uint8Array, from = 0): number {
  const end = bytes.length;
  if (from < 2) {
    if (bytes[0] === LF) return 1;
    if (bytes[0] === CR && bytes[1] === LF) return 2;
  }
  // An LF among the last two bytes searched may be the one before the empty line.
  for (let at = Math.max(0, from - 2); at < end; at++) {
    if (bytes[at] !== LF) continue;
    if (bytes[at + 1] === LF) return at + 2;
    if (bytes[at + 1] === CR && bytes[at + 2] === LF) return at + 3;
  }
  return -1;
}

/**
 * Reads a block, or a head that begins with a start line, with the empty line after it.
 *
 * @param reader Stands at the start of a line.
 * @param limits Of them `maxHeaderSize` counts here.
 * @returns The lines with their ends, as latin-1, without the empty line.
 * @throws LimitExceededError When the block is too large.
 */
export function* readHeaderBlock(reader: ByteReader, limits: HeaderLimits): Parser<string> {
  for (let searched = 0;;) {
    const bytes = reader.peek();
    const end = headerBlockEnd(bytes, searched);
    if ((end < 0 ? bytes.length : end) > limits.maxHeaderSize) {
      throw tooLarge("maxHeaderSize", limits.maxHeaderSize);
    }
    if (end >= 0) return decodeLatin1(reader.take(end)).slice(0, bytes[end - 2] === CR ? -2 : -1);
    searched = bytes.length;
    yield;
  }
}

/**
 * Parses field lines.
 *
 * @param text The lines with their ends and without the empty line after them, as latin-1.
 * @throws LimitExceededError When there are too many fields, or one is too large.
 * @throws RemoteProtocolError When a line is not "name: value".
 */
export function parseHeaderBlock(text: string, options: HeaderBlockOptions): HttpHeaders {
  const block = strictBlock.test(text) ? text : repaired(text, options.lenient);
  const list: string[] = [];
  for (let at = 0; at < block.length;) {
    const end = block.indexOf("\r\n", at);
    if (end - at > options.maxFieldSize) throw tooLarge("maxFieldSize", options.maxFieldSize);
    const colon = block.indexOf(":", at);
    // One space is what nearly all send; stepping over it here saves a second slice.
    const value = block.charCodeAt(colon + 1) === SP ? colon + 2 : colon + 1;
    list.push(block.slice(at, colon), trimSpace(block.slice(value, end)));
    at = end + 2;
  }
  if (list.length > 2 * options.maxFields) throw tooLarge("maxFields", options.maxFields);
  return headerAccess.make(list);
}

/** Field lines as text, in order, each with its CRLF; the empty line is the caller's. */
export function headerBlockText(headers: HttpHeaders): string {
  const list = headerAccess.list(headers);
  let text = "";
  for (let i = 0; i < list.length; i += 2) text += list[i]! + ": " + list[i + 1]! + "\r\n";
  return text;
}

/** Text from the wire for an error message: escaped, in quotes, at most 60 characters of it. */
export function quoted(text: string): string {
  const cut = JSON.stringify(text.slice(0, 60)).replace(
    /[\x7f-\x9f]/g,
    (control) => "\\u00" + control.charCodeAt(0).toString(16),
  );
  return text.length <= 60 ? cut : cut + "…";
}

/** The error for a head that is larger than a limit. */
export function tooLarge(limit: keyof HeaderLimits, max: number): LimitExceededError {
  return new LimitExceededError(limit, `Cannot read HTTP header: it exceeds ${limit} (${max})`);
}

/** Turns a block that is not strict into one that is, or says what is wrong with its first bad line. */
function repaired(text: string, lenient: boolean): string {
  let block = lenient ? text.replace(/\r?\n/g, "\r\n") : text;
  // RFC 9112 section 5.2: "replace each received obs-fold with one or more SP octets".
  if (lenient) block = block.replace(/\r\n[ \t]+/g, " ");
  if (strictBlock.test(block)) return block;
  const line = block.split("\r\n").find((line) => !strictBlock.test(line + "\r\n")) ?? "";
  throw new RemoteProtocolError(
    `Cannot read HTTP header line ${quoted(line)}: ${fault(line)}`,
  );
}

function fault(line: string): string {
  if (/^[ \t]/.test(line)) return "it continues the line before, or there is none before it";
  if (line.includes("\0")) return "it holds a NUL byte";
  if (line.includes("\r")) return "it holds a CR without LF";
  if (line.includes("\n")) return "its end is LF without CR";
  if (!line.includes(":")) return "it has no colon";
  if (/^[^:]*[ \t]:/.test(line)) return "white space stands before the colon";
  return "its name is not a token";
}

const LF = 0x0a;
const CR = 0x0d;
const SP = 0x20;
const strictBlock = /^(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[^\0\r\n]*\r\n)*$/;
