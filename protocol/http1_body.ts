/**
 * How long a message's body is (RFC 9112 section 6.3), and how it is read.
 *
 * @module
 */
import { trimSpace } from "./_header_access.ts";
import { type ByteReader, decodeLatin1 } from "./byte_reader.ts";
import { type LocalProtocolError, RemoteProtocolError } from "./error.ts";
import type { Parser } from "./exchange.ts";
import { type HeaderLimits, parseHeaderBlock, quoted, readHeaderBlock } from "./header_block.ts";
import type { HttpHeaders } from "./http_headers.ts";

/** A body's framing, and how far it has come. */
export type Http1Body =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly length: number; remaining: number }
  | { readonly kind: "chunked"; arrived: number }
  | { readonly kind: "untilClose" }
  /** No body follows but another protocol: after 101, or 2xx to CONNECT. */
  | { readonly kind: "switched" };

/** Whose fault a wrong head is: ours when it is to be sent, the peer's when it was received. */
export type Fault = typeof LocalProtocolError | typeof RemoteProtocolError;

/** What frames a request's body. */
export interface RequestFraming {
  readonly version: "1.0" | "1.1";
  readonly headers: HttpHeaders;
}

/** What frames a response's body: its head, and the method of the request that it answers. */
export interface ResponseFraming extends RequestFraming {
  readonly status: number;
  /** The request's method; "" when there was none. */
  readonly method: string;
}

/**
 * The framing of a request (RFC 9112 section 6.3, rules 3 to 7).
 *
 * A request that could be read in two ways is refused: that is how requests are smuggled.
 */
export function requestBody({ version, headers }: RequestFraming, Fault: Fault): Http1Body {
  const coding = headers.get("transfer-encoding");
  const length = contentLength(headers, Fault);
  if (coding === null) return length === null ? noBody : ofLength(length);
  if (length !== null) {
    throw new Fault("Cannot frame request: it has both Transfer-Encoding and Content-Length");
  }
  if (version === "1.0" || !isChunked(coding, Fault)) {
    throw new Fault(
      `Cannot frame request of HTTP/${version} with Transfer-Encoding ${quoted(coding)}: ` +
        `chunked has to be the last coding, and needs HTTP/1.1`,
    );
  }
  return { kind: "chunked", arrived: 0 };
}

/** The framing of a response (RFC 9112 section 6.3, rules 1 to 8). */
export function responseBody(head: ResponseFraming, Fault: Fault): Http1Body {
  const { status, method, headers } = head;
  if (status === 101 || (method === "CONNECT" && status >= 200 && status < 300)) return switched;
  if (method === "HEAD" || status < 200 || status === 204 || status === 304) return noBody;
  const coding = headers.get("transfer-encoding");
  if (coding !== null) {
    return isChunked(coding, Fault) ? { kind: "chunked", arrived: 0 } : untilClose;
  }
  const length = contentLength(headers, Fault);
  return length === null ? untilClose : ofLength(length);
}

/** Whether the sender of a message means to keep the connection (RFC 9112 section 9.3). */
export function persists({ version, headers }: RequestFraming): boolean {
  // Framing that another reader may see differently: close after it (section 6.1).
  if (
    headers.has("transfer-encoding") && (version === "1.0" || headers.has("content-length"))
  ) return false;
  const connection = headers.get("connection");
  if (connection === null) return version === "1.1";
  return !close.test(connection) && (version === "1.1" || keepAlive.test(connection));
}

/** What {@linkcode readBody} needs beside the body and the bytes. */
export interface ReadBodyOptions extends HeaderLimits {
  /** The most bytes of a chunk's first line, extensions and all. */
  readonly maxChunkLine: number;
  /** As in {@linkcode parseHeaderBlock}, for the trailers. */
  readonly lenient: boolean;
  /** Is given each piece that arrived, a view of the input. */
  readonly data: (bytes: Uint8Array<ArrayBuffer>) => void;
}

/**
 * Reads a body to its end; one until close is read for ever.
 *
 * @returns A parser of the trailers, `null` when there are none.
 */
export function* readBody(
  input: { readonly body: Http1Body; readonly reader: ByteReader },
  options: ReadBodyOptions,
): Parser<HttpHeaders | null> {
  const { body, reader } = input;
  if (body.kind === "chunked") return yield* readChunks(input, options);
  if (body.kind === "length") {
    // `remaining` may shrink while this waits: bytes may be read around the parser.
    while (body.remaining > 0) {
      if (reader.available === 0) {
        yield;
        continue;
      }
      const bytes = reader.take(body.remaining);
      body.remaining -= bytes.length;
      options.data(bytes);
    }
  }
  while (body.kind === "untilClose") {
    if (reader.available > 0) options.data(reader.take());
    yield;
  }
  return null;
}

function* readChunks(
  { body, reader }: { readonly body: Http1Body; readonly reader: ByteReader },
  options: ReadBodyOptions,
): Parser<HttpHeaders | null> {
  const limit = { name: "maxChunkLine", max: options.maxChunkLine };
  for (;;) {
    let remaining = chunkSize(decodeLatin1(yield* reader.until(LF, limit)));
    if (remaining === 0) break;
    while (remaining > 0) {
      while (reader.available === 0) yield;
      const bytes = reader.take(remaining);
      remaining -= bytes.length;
      if (body.kind === "chunked") body.arrived += bytes.length;
      options.data(bytes);
    }
    const [cr, lf] = yield* reader.exactly(2);
    if (cr !== CR || lf !== LF) {
      throw new RemoteProtocolError("Cannot read chunk: no CRLF stands after its data");
    }
  }
  const text = yield* readHeaderBlock(reader, options);
  return text === "" ? null : parseHeaderBlock(text, options);
}

/** The error for a peer that closed within a body; `null` where the body was complete. */
export function bodyCutShort(
  body: { readonly kind: string } | Http1Body,
): RemoteProtocolError | null {
  if ("remaining" in body) {
    return closedAfter("body", `${body.length - body.remaining} of ${body.length} bytes`);
  }
  if (!("arrived" in body)) return null;
  return closedAfter("body", `${body.arrived} bytes, before the last chunk`);
}

/** The error for a peer that closed too early. */
export function closedAfter(what: string, arrived: string): RemoteProtocolError {
  return new RemoteProtocolError(`Cannot read ${what}: the peer closed after ${arrived}`, {
    code: "closed",
  });
}

function chunkSize(line: string): number {
  const digits = chunkLine.exec(line)?.[1];
  const size = digits === undefined ? NaN : parseInt(digits, 16);
  if (Number.isSafeInteger(size)) return size;
  throw new RemoteProtocolError(
    `Cannot read chunk size ${quoted(line)}: expected hexadecimal digits and CRLF`,
  );
}

/** Equal values count as one (RFC 9110 section 8.6); all others would be a guess. */
function contentLength(headers: HttpHeaders, Fault: Fault): number | null {
  const value = headers.get("content-length");
  if (value === null) return null;
  const [first, ...others] = value.split(",").map(trimSpace);
  const length = decimal.test(first!) ? Number(first) : NaN;
  if (Number.isSafeInteger(length) && others.every((other) => other === first)) return length;
  throw new Fault(`Cannot use Content-Length ${quoted(value)}: expected one decimal number`);
}

function isChunked(coding: string, Fault: Fault): boolean {
  const codings = coding.toLowerCase().split(",").map(trimSpace);
  const at = codings.indexOf("chunked");
  // RFC 9112 section 7.1: "A sender MUST NOT apply the chunked transfer coding more than once".
  if (at >= 0 && at < codings.length - 1) {
    throw new Fault(
      `Cannot use Transfer-Encoding ${quoted(coding)}: chunked is not the last coding`,
    );
  }
  return at >= 0;
}

function ofLength(length: number): Http1Body {
  return { kind: "length", length, remaining: length };
}

const CR = 0x0d;
const LF = 0x0a;
const noBody: Http1Body = { kind: "none" };
const untilClose: Http1Body = { kind: "untilClose" };
const switched: Http1Body = { kind: "switched" };
const decimal = /^[0-9]+$/;
const close = /(?:^|[\s,])close(?:$|[\s,])/i;
const keepAlive = /(?:^|[\s,])keep-alive(?:$|[\s,])/i;
// RFC 9112 section 7.1: chunk-size [ chunk-ext ] CRLF, of which LF was the delimiter.
const chunkLine = /^([0-9A-Fa-f]+)[ \t]*(?:;[^\0\r]*)?\r$/;
