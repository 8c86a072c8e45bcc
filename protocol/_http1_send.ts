/**
 * The sending half of an HTTP/1 connection: how a response is framed, and bodies to the wire.
 *
 * @module
 */
import { encodeLatin1 } from "./byte_writer.ts";
import { LocalProtocolError } from "./error.ts";
import { headerBlockText } from "./header_block.ts";
import { type Http1Body, persists, responseBody } from "./http1_body.ts";
import type { HttpHeaders } from "./http_headers.ts";

/** How far a message to send has come: not begun, in its body, or complete. */
export type Sending = { readonly kind: "idle" } | Http1Body | { readonly kind: "done" };

/** What a server's answer depends on beside itself. */
export interface ResponseContext {
  /** The request that is answered; `null` when none could be read. */
  readonly request: { method: string; version: "1.0" | "1.1"; headers: HttpHeaders } | null;
  /** Whether the request has been received to its end. */
  readonly complete: boolean;
  /** Whether the connection was to persist so far. */
  readonly persists: boolean;
}

/** What a response's head needs beside what it was given. */
export interface ResponsePlan {
  /** `null` for an informational response, after which another one follows. */
  readonly body: Http1Body | null;
  /** Field lines to add, each with its CRLF. */
  readonly fields: string;
  /** Whether the connection persists after it. */
  readonly persists: boolean;
}

/**
 * Decides how a server sends a response: framed by what its headers say, or else chunked, or else
 * until close; and that "Connection" says what will happen (RFC 9112 section 9.6).
 *
 * @throws LocalProtocolError When such a response may not be sent to that request.
 */
export function planResponse(
  response: { readonly type: string; readonly status: number; readonly headers: HttpHeaders },
  { request, complete, persists: before }: ResponseContext,
): ResponsePlan {
  const { type, status, headers } = response;
  const { method, version } = request ?? { method: "", version: "1.0" };
  refuseResponse(response, request);
  if (type === "informational") return { body: null, fields: "", persists: before };
  let fields = "";
  let body = responseBody({ status, method, version, headers }, LocalProtocolError);
  if (body.kind === "switched") {
    if (complete) return { body, fields, persists: false };
    throw new LocalProtocolError("Cannot switch protocols: the request is not complete");
  }
  if (body.kind === "untilClose" && version === "1.1" && !headers.has("transfer-encoding")) {
    body = { kind: "chunked", arrived: 0 };
    fields = "Transfer-Encoding: chunked\r\n";
  }
  const said = headers.has("connection");
  const persisting = before && request !== null && body.kind !== "untilClose" &&
    (!said || persists({ version, headers }));
  if (!said && !persisting) fields += "Connection: close\r\n";
  if (!said && persisting && version === "1.0") fields += "Connection: keep-alive\r\n";
  return { body, fields, persists: persisting };
}

function refuseResponse(
  { type, status, headers }: Parameters<typeof planResponse>[0],
  request: ResponseContext["request"],
): void {
  const refuse = (why: string) => {
    throw new LocalProtocolError(`Cannot send response ${status}: ${why}`);
  };
  const informational = status < 200 && status !== 101;
  const coded = headers.has("transfer-encoding");
  const old = request?.version !== "1.1";
  if ((type === "informational") !== informational) refuse(`it is not of type "${type}"`);
  if (informational && old) refuse("an HTTP/1.0 client knows no informational ones");
  if (status === 101 && !request?.headers.has("upgrade")) refuse("the request had no Upgrade");
  if (coded && old) refuse("an HTTP/1.0 client knows no Transfer-Encoding");
  if (coded && headers.has("content-length")) {
    refuse("it has both Transfer-Encoding and Content-Length");
  }
}

/** Whether nothing of a body is left to send: so from the start when there is none. */
export function isSent(sending: Sending): boolean {
  return sending.kind === "none" || (sending.kind === "length" && sending.remaining === 0);
}

/**
 * A piece of a body for the wire; a body of known length is counted down.
 *
 * @throws LocalProtocolError When the head has not announced so many bytes.
 */
export function dataBytes(
  sending: Sending,
  bytes: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  if (sending.kind === "chunked") return chunk(bytes);
  if (sending.kind === "untilClose") return bytes;
  const remaining = sending.kind === "length" ? sending.remaining : 0;
  if (bytes.length > remaining) {
    throw new LocalProtocolError(
      `Cannot send ${bytes.length} bytes of body: ${remaining} are left to send`,
    );
  }
  if (sending.kind === "length") sending.remaining -= bytes.length;
  return bytes;
}

/**
 * The end of a message for the wire, which only a chunked body has.
 *
 * @throws LocalProtocolError When the message is incomplete or cannot have trailers.
 */
export function endBytes(sending: Sending, trailers: HttpHeaders | null): Uint8Array<ArrayBuffer> {
  switch (sending.kind) {
    case "chunked":
      return lastChunk(trailers);
    case "idle":
    case "switched":
      throw new LocalProtocolError("Cannot end message: none is under way");
    case "length":
      throw new LocalProtocolError(
        `Cannot end message: ${sending.remaining} of ${sending.length} bytes have not been sent`,
      );
  }
  if (trailers === null) return new Uint8Array(0);
  throw new LocalProtocolError("Cannot send trailers: the body is not chunked");
}

/** A piece of a chunked body, as one chunk; an empty one would be the last and is left out. */
function chunk(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  if (bytes.length === 0) return new Uint8Array(0);
  const size = encodeLatin1(bytes.length.toString(16) + "\r\n");
  const whole = new Uint8Array(size.length + bytes.length + 2);
  whole.set(size);
  whole.set(bytes, size.length);
  whole[whole.length - 2] = CR;
  whole[whole.length - 1] = LF;
  return whole;
}

/** The end of a chunked body, with its trailers. */
function lastChunk(trailers: HttpHeaders | null = null): Uint8Array<ArrayBuffer> {
  return encodeLatin1(`0\r\n${trailers === null ? "" : headerBlockText(trailers)}\r\n`);
}

const CR = 0x0d;
const LF = 0x0a;
