/**
 * The heads of HTTP/1 messages: start line and fields, from and to the wire (RFC 9112 section 2-5).
 *
 * @module
 */
import type { ByteReader } from "./byte_reader.ts";
import { decodeLatin1 } from "./byte_reader.ts";
import { encodeLatin1 } from "./byte_writer.ts";
import { LocalProtocolError, RemoteProtocolError } from "./error.ts";
import type { Parser } from "./exchange.ts";
import {
  headerBlockText,
  type HeaderLimits,
  parseHeaderBlock,
  quoted,
  readHeaderBlock,
  tooLarge,
} from "./header_block.ts";
import type { HttpHeaders } from "./http_headers.ts";

/** The versions that this codec speaks; a higher minor version is read as 1.1 (RFC 9110, 2.5). */
export type Http1Version = "1.0" | "1.1";

/** A request's head. */
export interface Http1RequestHead {
  readonly type: "request";
  readonly method: string;
  /** As on the request line: a path, a whole URL, "host:port" or "*" (RFC 9112 section 3.2). */
  readonly target: string;
  readonly version: Http1Version;
  readonly headers: HttpHeaders;
}

/** A response's head; informational ones (1xx but 101) come before the response itself. */
export interface Http1ResponseHead {
  readonly type: "response" | "informational";
  readonly status: number;
  readonly reasonPhrase: string;
  readonly version: Http1Version;
  readonly headers: HttpHeaders;
}

/** Reads a request's head, with any empty lines before it (RFC 9112 section 2.2). */
export function* readRequestHead(
  reader: ByteReader,
  limits: HeaderLimits,
): Parser<Http1RequestHead> {
  let text: string;
  do text = yield* readHeaderBlock(reader, limits); while (text === "");
  const end = text.indexOf("\r\n");
  const line = end < 0 ? text : text.slice(0, end);
  const [, method, target, minor] = requestLine.exec(line) ?? [];
  if (minor === undefined || !isTarget(method!, target!)) {
    throw new RemoteProtocolError(`Cannot read request line ${quoted(line)}`);
  }
  const headers = parseHeaderBlock(text.slice(end + 2), { ...limits, lenient: false });
  const version = minor === "0" ? "1.0" : "1.1";
  requireHost({ version, headers }, RemoteProtocolError);
  return { type: "request", method: method!, target: target!, version, headers };
}

/** Reads a response's head. What is no HTTP is refused as soon as that is clear. */
export function* readResponseHead(
  reader: ByteReader,
  limits: HeaderLimits,
): Parser<Http1ResponseHead> {
  yield* refuseForeign(reader);
  const text = yield* readHeaderBlock(reader, limits);
  const end = text.indexOf("\n");
  const line = text.slice(0, text[end - 1] === "\r" ? end - 1 : end);
  const [, minor, code, reasonPhrase = ""] = statusLine.exec(line) ?? [];
  if (code === undefined) throw new RemoteProtocolError(`Cannot read status line ${quoted(line)}`);
  if (reasonPhrase.length > limits.maxReasonPhrase) {
    throw tooLarge("maxReasonPhrase", limits.maxReasonPhrase);
  }
  const status = Number(code);
  return {
    type: status < 200 && status !== 101 ? "informational" : "response",
    status,
    reasonPhrase,
    version: minor === "0" ? "1.0" : "1.1",
    headers: parseHeaderBlock(text.slice(end + 1), { ...limits, lenient: true }),
  };
}

/**
 * A request's head for the wire.
 *
 * @throws LocalProtocolError When a part is not valid, or Host is missing (RFC 9112 section 3.2).
 */
export function requestHeadBytes(head: Omit<Http1RequestHead, "type">): Uint8Array<ArrayBuffer> {
  const { method, target, version, headers } = head;
  if (!token.test(method)) {
    throw new LocalProtocolError(`Cannot send request: method ${quoted(method)} is not a token`);
  }
  if (!isTarget(method, target)) {
    throw new LocalProtocolError(
      `Cannot send request: target ${quoted(target)} does not fit ${method}`,
    );
  }
  requireHost(head, LocalProtocolError);
  return encodeLatin1(`${method} ${target} HTTP/${version}\r\n${headerBlockText(headers)}\r\n`);
}

/**
 * A response's head for the wire.
 *
 * @param head A head of version 1.1, which is what a server answers to 1.0 as well (RFC 9110, 2.5).
 * @param extra Field lines of the codec's own, each with its CRLF.
 * @throws LocalProtocolError When a part is not valid.
 */
export function responseHeadBytes(
  head: Pick<Http1ResponseHead, "status" | "reasonPhrase" | "headers">,
  extra = "",
): Uint8Array<ArrayBuffer> {
  const { status, reasonPhrase, headers } = head;
  if (!Number.isInteger(status) || status < 100 || status > 999) {
    throw new LocalProtocolError(`Cannot send response: ${status} is not a status code`);
  }
  if (!reason.test(reasonPhrase)) {
    throw new LocalProtocolError(
      `Cannot send response: reason phrase ${quoted(reasonPhrase)} holds a control character`,
    );
  }
  return encodeLatin1(
    `HTTP/1.1 ${status} ${reasonPhrase}\r\n${headerBlockText(headers)}${extra}\r\n`,
  );
}

/** Waits for "HTTP/"; anything else is quoted once its first line, or enough of it, has come. */
function* refuseForeign(reader: ByteReader): Parser<void> {
  for (;;) {
    const bytes = reader.peek();
    let same = 0;
    while (same < 5 && bytes[same] === prefix[same]) same++;
    if (same === 5) return;
    if (same < bytes.length) {
      const end = bytes.indexOf(0x0a);
      if (end >= 0 || bytes.length > 60) {
        const line = decodeLatin1(bytes.subarray(0, end < 0 ? 61 : Math.min(end, 61)));
        throw new RemoteProtocolError(
          `Cannot read response: it begins with ${quoted(line.replace(/\r$/, ""))}, not with HTTP/`,
        );
      }
    }
    yield;
  }
}

/** RFC 9112 section 3.2: a 1.1 request has exactly one Host. */
function requireHost(
  { version, headers }: { readonly version: Http1Version; readonly headers: HttpHeaders },
  Fault: typeof LocalProtocolError | typeof RemoteProtocolError,
): void {
  const count = version === "1.1" ? headers.values("host").length : 1;
  if (count === 1) return;
  throw new Fault(`Cannot use request of HTTP/1.1: it has ${count} Host fields instead of one`);
}

/** The four forms of a target (RFC 9112 section 3.2), by what a server has to tell apart. */
function isTarget(method: string, target: string): boolean {
  if (method === "CONNECT") return authorityForm.test(target);
  return visible.test(target) && (target === "*" ? method === "OPTIONS" : pathOrUrl.test(target));
}

const prefix = [0x48, 0x54, 0x54, 0x50, 0x2f];
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const requestLine = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([!-~]+) HTTP\/1\.([0-9])$/;
// The space before a missing reason phrase is missing as well in some servers' answers.
const statusLine = /^HTTP\/1\.([0-9]) ([1-9][0-9]{2})(?: ([\t\x20-\x7e\x80-\xff]*))?$/;
const reason = /^[\t\x20-\x7e\x80-\xff]*$/;
const visible = /^[!"$-~]+$/;
const pathOrUrl = /^(?:\/|[A-Za-z][A-Za-z0-9+.\-]*:\/\/)/;
const authorityForm = /^(?:[!$-.0-;=A-Z_a-z~]+|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}$/;
