/**
 * An HTTP/1 connection without its socket (RFC 9112), for both of its ends.
 *
 * ```text
 * client   send(request) → receive() … end event → canReuse → next() → send(request) …
 * server   receive() → request … end event → send(response) … → next() → request …
 * ```
 *
 * Bytes go in by {@linkcode Http1Connection.receive} and events come out, bytes to send come out of
 * {@linkcode Http1Connection.send}. A fault of the peer is the last event instead of an exception,
 * so that what arrived before it is never lost; a fault of ours throws.
 *
 * @module
 */
import { ByteReader } from "./byte_reader.ts";
import { LocalProtocolError, RemoteProtocolError } from "./error.ts";
import type { Parser } from "./exchange.ts";
import { defaultHeaderLimits, type HeaderLimits } from "./header_block.ts";
import {
  bodyCutShort,
  closedAfter,
  type Http1Body,
  persists,
  readBody,
  type ReadBodyOptions,
  requestBody,
  responseBody,
} from "./http1_body.ts";
import {
  type Http1RequestHead,
  type Http1ResponseHead,
  type Http1Version,
  readRequestHead,
  readResponseHead,
  requestHeadBytes,
  responseHeadBytes,
} from "./_http1_head.ts";
import { dataBytes, endBytes, isSent, planResponse, type Sending } from "./_http1_send.ts";
import type { HttpHeaders } from "./http_headers.ts";

export type { Http1RequestHead, Http1ResponseHead, Http1Version } from "./_http1_head.ts";

/** Which end of a connection this is. */
export type Http1Role = "client" | "server";

/** The limits on what the peer may send. */
export interface Http1Options extends Partial<HeaderLimits> {
  /** The most bytes of a chunk's first line, extensions and all; 4096 by default. */
  readonly maxChunkLine?: number;
}

/** What {@linkcode Http1Connection.receive} hands out, in the order of the wire. */
export type Http1Event =
  | Http1RequestHead
  | Http1ResponseHead
  /** A piece of the body: a view of the input. */
  | { readonly type: "data"; readonly bytes: Uint8Array<ArrayBuffer> }
  /** The message is complete. */
  | { readonly type: "end"; readonly trailers: HttpHeaders | null }
  /** After 101, or 2xx to CONNECT: what follows is {@linkcode Http1Connection.rest}. */
  | { readonly type: "switched" }
  /** The peer broke the protocol: the last event of the connection. */
  | { readonly type: "error"; readonly error: RemoteProtocolError };

/** What {@linkcode Http1Connection.send} takes; `version` is "1.1", `reasonPhrase` "" by default. */
export type Http1SendEvent =
  | (Omit<Http1RequestHead, "version"> & { readonly version?: Http1Version })
  | (Omit<Http1ResponseHead, "version" | "reasonPhrase"> & { readonly reasonPhrase?: string })
  | { readonly type: "data"; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly type: "end"; readonly trailers?: HttpHeaders | null };

type RequestToSend = Extract<Http1SendEvent, { type: "request" }>;
type ResponseToSend = Extract<Http1SendEvent, { status: number }>;

type Receiving =
  /** A client that has not asked: whatever comes is unasked for, and waits. */
  | { readonly kind: "idle" }
  /** Waiting for a head, or in the midst of one. */
  | { readonly kind: "head"; readonly informed: boolean }
  | Http1Body
  /** The message is complete; the next one waits for {@linkcode Http1Connection.next}. */
  | { readonly kind: "done" }
  /** Nothing more is read: the peer failed, or closed between messages. */
  | { readonly kind: "closed" };

/** One end of an HTTP/1 connection: bytes in, events and bytes out. */
export class Http1Connection {
  /** Which end this is. */
  readonly role: Http1Role;
  readonly #options: ReadBodyOptions;
  readonly #reader = new ByteReader();
  readonly #parser: Parser<never>;
  #events: Http1Event[] = [];
  #receiving: Receiving;
  #sending: Sending = idle;
  /** The request under way, sent or received. */
  #request: { method: string; version: Http1Version; headers: HttpHeaders } | null = null;
  /** Whether all heads so far let the connection live on. */
  #persists = true;
  /** Whether the peer has closed its side. */
  #ended = false;

  /**
   * Makes one end of a connection that has not been used yet.
   *
   * @param role "client" sends requests, "server" answers them.
   * @param options Limits on what the peer may send.
   */
  constructor(role: Http1Role, options: Http1Options = {}) {
    this.role = role;
    this.#options = {
      maxChunkLine: 4096,
      ...defaultHeaderLimits,
      ...options,
      lenient: role === "client",
      data: (bytes) => this.#events.push({ type: "data", bytes }),
    };
    this.#receiving = role === "client" ? idle : head;
    this.#parser = this.#messages();
  }

  /**
   * Whether another message may follow on this connection ({@linkcode next}): both sides are
   * complete, both let the connection persist (RFC 9112 section 9.3), and a client has not
   * received a byte too many.
   */
  get canReuse(): boolean {
    const receiving = this.#receiving.kind;
    if (!this.#lives) return false;
    if (receiving === "done") return this.#sending.kind === "done";
    return receiving === (this.role === "client" ? "idle" : "head") && this.#sending === idle;
  }

  /**
   * How many bytes of the body may be read around the parser now: what remains of a body of known
   * length, `Infinity` of one until close, else 0. Tell of them by {@linkcode bypass}.
   */
  get directBytes(): number {
    const body = this.#receiving;
    if (body.kind === "length") return body.remaining;
    return body.kind === "untilClose" ? Infinity : 0;
  }

  /**
   * Accounts for body bytes that were read straight into a buffer of the user's.
   *
   * @param n How many; at most {@linkcode directBytes}.
   * @returns Whether that was the end of the message; no end event follows then.
   * @throws RangeError When `n` is too large.
   */
  bypass(n: number): boolean {
    if (!(n >= 0 && n <= this.directBytes)) {
      throw new RangeError(`Cannot bypass ${n} bytes: ${this.directBytes} may be read directly`);
    }
    const body = this.#receiving;
    if (body.kind !== "length") return false;
    body.remaining -= n;
    if (body.remaining === 0) this.#run();
    return body.remaining === 0;
  }

  /**
   * Takes bytes that arrived.
   *
   * Bytes after the end of a message are kept: for a server they are the next request, which
   * {@linkcode next} begins, and it should not read on before that.
   *
   * @param chunk Is kept in data events, not copied: it must not be written to afterwards.
   * @returns What they complete, in order.
   */
  receive(chunk: Uint8Array<ArrayBuffer>): Http1Event[] {
    if (this.#receiving.kind === "closed") return [];
    this.#reader.feed(chunk);
    return this.#run();
  }

  /**
   * Says that the peer closed its side.
   *
   * A client that had sent a request and not received one byte gets an error with the code
   * "closedBeforeResponse": on a connection used before, the request may be sent again.
   *
   * @returns The end of a body that lasts until close, or an error when the message is incomplete.
   */
  end(): Http1Event[] {
    const { kind } = this.#receiving;
    this.#ended = true;
    if (kind === "untilClose") {
      this.#receiving = done;
      return [{ type: "end", trailers: null }];
    }
    const error = this.#incomplete();
    if (kind !== "switched" && kind !== "done") this.#receiving = closed;
    return error === null ? [] : [{ type: "error", error }];
  }

  /**
   * Turns a message, or a part of one, into bytes.
   *
   * A head's `Content-Length` or `Transfer-Encoding: chunked` frames its body; a request with
   * neither has none. A response with neither is sent chunked, or until close to a 1.0 client. A
   * body of known length is complete with its last byte: its "end" may be left out.
   *
   * @returns The bytes to send; those of a data event itself where they need no frame.
   * @throws LocalProtocolError When HTTP forbids it, here or now; nothing has changed then.
   */
  send(event: Http1SendEvent): Uint8Array<ArrayBuffer> {
    switch (event.type) {
      case "request":
        return this.#sendRequest(event);
      case "data": {
        const bytes = dataBytes(this.#sending, event.bytes);
        if (isSent(this.#sending)) this.#sending = done;
        return bytes;
      }
      case "end": {
        const bytes = endBytes(this.#sending, event.trailers ?? null);
        this.#sending = done;
        return bytes;
      }
      default:
        return this.#sendResponse(event);
    }
  }

  /**
   * Begins the next message on the same connection.
   *
   * @returns The events of a request that had arrived already (pipelining).
   * @throws LocalProtocolError Unless {@linkcode canReuse}.
   */
  next(): Http1Event[] {
    if (!this.canReuse) throw new LocalProtocolError("Cannot begin the next message: not reusable");
    this.#request = null;
    this.#sending = idle;
    this.#receiving = this.role === "client" ? idle : head;
    const events = this.#run();
    // A peer that closed may have sent requests before: the last of them may be cut short.
    return this.#ended ? [...events, ...this.end()] : events;
  }

  /**
   * Takes the bytes that arrived after the end of the message: after a switched event they
   * belong to the protocol that follows.
   */
  rest(): Uint8Array<ArrayBuffer> {
    return this.#reader.rest();
  }

  /** Whether another message may come on this connection, once those under way are complete. */
  get #lives(): boolean {
    const waiting = this.#reader.available > 0;
    return this.#persists &&
      (this.role === "client" ? !waiting && !this.#ended : waiting || !this.#ended);
  }

  #run(): Http1Event[] {
    const events: Http1Event[] = this.#events = [];
    try {
      this.#parser.next();
    } catch (error) {
      if (!(error instanceof RemoteProtocolError)) throw error;
      this.#receiving = closed;
      this.#persists = false;
      events.push({ type: "error", error });
    }
    return events;
  }

  *#messages(): Parser<never> {
    const reader = this.#reader;
    for (;;) {
      // Before a message, after a switch and after the end, bytes wait.
      while (this.#receiving.kind !== "head" || reader.available === 0) yield;
      const body = this.role === "client" ? yield* this.#response() : yield* this.#requested();
      this.#receiving = body;
      if (body.kind === "switched") {
        this.#events.push({ type: "switched" });
        continue;
      }
      const trailers = yield* readBody({ body, reader }, this.#options);
      this.#receiving = done;
      this.#events.push({ type: "end", trailers });
    }
  }

  *#response(): Parser<Http1Body> {
    const { method, headers: asked } = this.#request!;
    for (;;) {
      const response = yield* readResponseHead(this.#reader, this.#options);
      if (response.type === "informational") {
        this.#receiving = informed;
        this.#events.push(response);
        continue;
      }
      const { status, version, headers } = response;
      if (status === 101 && !asked.has("upgrade")) {
        throw new RemoteProtocolError("Cannot switch protocols: the request had no Upgrade");
      }
      const body = responseBody({ status, version, headers, method }, RemoteProtocolError);
      this.#persists &&= persists(response);
      this.#events.push(response);
      return body;
    }
  }

  *#requested(): Parser<Http1Body> {
    const request = yield* readRequestHead(this.#reader, this.#options);
    const body = requestBody(request, RemoteProtocolError);
    this.#persists &&= persists(request);
    this.#request = request;
    this.#events.push(request);
    return body;
  }

  /** What the peer left unfinished by closing now; `null` when nothing. */
  #incomplete(): RemoteProtocolError | null {
    const state = this.#receiving;
    if (state.kind !== "head") return bodyCutShort(state);
    const begun = this.#reader.available;
    if (begun > 0) return closedAfter("head", `${begun} bytes of it`);
    if (this.role === "server") return null;
    if (state.informed) return closedAfter("response", "an informational one");
    return new RemoteProtocolError("Cannot read response: the peer closed before its first byte", {
      code: "closedBeforeResponse",
    });
  }

  #sendRequest(event: RequestToSend): Uint8Array<ArrayBuffer> {
    if (this.role !== "client" || this.#receiving.kind !== "idle" || !this.canReuse) {
      throw new LocalProtocolError("Cannot send request: the connection is not waiting for one");
    }
    const { method, target, version = "1.1", headers } = event;
    const request = { method, target, version, headers };
    const body = requestBody(request, LocalProtocolError);
    const bytes = requestHeadBytes(request);
    this.#request = request;
    this.#persists = persists(request);
    this.#sending = isSent(body) ? done : body;
    this.#receiving = head;
    return bytes;
  }

  #sendResponse(event: ResponseToSend): Uint8Array<ArrayBuffer> {
    if (this.role !== "server" || this.#sending.kind !== "idle") {
      throw new LocalProtocolError("Cannot send response: the connection is not waiting for one");
    }
    const { body, fields, persists } = planResponse(event, {
      request: this.#request,
      complete: this.#receiving.kind === "done",
      persists: this.#lives,
    });
    const bytes = responseHeadBytes({ reasonPhrase: "", ...event }, fields);
    if (body === null) return bytes;
    this.#persists = persists;
    this.#sending = isSent(body) ? done : body;
    if (body.kind === "switched") this.#receiving = body;
    return bytes;
  }
}

const idle = { kind: "idle" } as const;
const head = { kind: "head", informed: false } as const;
const informed = { kind: "head", informed: true } as const;
const done = { kind: "done" } as const;
const closed = { kind: "closed" } as const;
