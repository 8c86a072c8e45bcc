/**
 * What passes between the layers of the access manager: a request down, a response up.
 *
 * A body is read, not pushed: whoever wants bytes asks for them, so that back-pressure needs no
 * code of its own.
 *
 * @module
 */
import type { PermissionScope } from "../core/permission.ts";
import type { HttpHeaders } from "../protocol/http_headers.ts";

/** What a layer may tell of an exchange while it runs; whoever asked listens. */
export interface ExchangeEvents {
  /** The request waits for a connection: as many as are allowed are busy with others. */
  queued?(): void;
  /** A connection is being made for the request. */
  socketStartedConnecting?(): void;
  /** The request has been handed to the system, its head at least. */
  requestSent?(): void;
  /** The server sent something before the response itself: a part of its head, or a 1xx. */
  headReceived?(): void;
  /** A redirect is followed to this URL. */
  redirected?(url: URL): void;
}

/** A request on its way down. */
export interface ExchangeRequest {
  /** The method, as it goes on the wire. */
  readonly method: string;
  /** Where to. */
  readonly url: URL;
  /** The user's header fields; what the engine needs besides is added on the wire alone. */
  readonly headers: HttpHeaders;
  /** Gives the exchange up. */
  readonly signal: AbortSignal;
  /** Whom to tell. */
  readonly events: ExchangeEvents;
  /** What may be connected to. */
  readonly scope: PermissionScope;
  /** Which redirects are followed. */
  readonly redirectPolicy: RedirectPolicy;
  /** How many redirects are followed. */
  readonly maxRedirects: number;
}

/** Which redirects are followed, as QNetworkRequest::RedirectPolicy. */
export type RedirectPolicy = "manual" | "noLessSafe" | "sameOrigin";

/** The bytes of a response, for whoever asks for them. */
export interface ExchangeBody {
  /** Reads what is there into `into`, at least one byte; `null` at the end. One read at a time. */
  read(into: Uint8Array<ArrayBuffer>): Promise<number | null>;
  /**
   * Hands out at most `limit` bytes that are here already, without a copy; `null` at the end,
   * `undefined` when {@linkcode read} has to be asked. The buffer of the bytes is the taker's from
   * then on, all of it.
   */
  take?(limit: number): Uint8Array<ArrayBuffer> | null | undefined;
  /** Gives up what was not read; after the end it does nothing. */
  cancel(): void;
}

/** A response on its way up. */
export interface ExchangeResponse {
  /** What was asked in the end, after redirects. */
  readonly url: URL;
  /** The version that the server speaks. */
  readonly httpVersion: "1.0" | "1.1" | "2";
  /** The status code. */
  readonly status: number;
  /** The reason phrase, possibly empty. */
  readonly reasonPhrase: string;
  /** The header fields. */
  readonly headers: HttpHeaders;
  /** The body; it has to be read to its end or cancelled. */
  readonly body: ExchangeBody;
}

/** Answers requests. Failures reject with a {@linkcode NetworkingError}. */
export type Handler = (request: ExchangeRequest) => Promise<ExchangeResponse>;

/** Wraps a handler: may change the request, the response, both, or answer by itself. */
export type Layer = (next: Handler) => Handler;
