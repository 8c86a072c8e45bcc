/**
 * The manager of requests.
 *
 * @module
 */
import { InvalidStateError } from "../core/error.ts";
import { PermissionScope } from "../core/permission.ts";
import { endSignals } from "../core/_signals.ts";
import { Signal } from "../core/signal.ts";
import type {
  ExchangeEvents,
  ExchangeRequest,
  Handler,
  Layer,
  RedirectPolicy,
} from "./_exchange.ts";
import { checkedCount, checkedPolicy, checkedTime } from "./_check.ts";
import { fetchWith } from "./_fetch.ts";
import { redirect } from "./_layers/redirect.ts";
import { withoutCredentials } from "./_reply_errors.ts";
import { StallTimer } from "./_stall_timer.ts";
import { HttpScheme } from "./_schemes/http.ts";
import { NetworkReply } from "./network_reply.ts";
import { NetworkReplyError } from "./network_reply_error.ts";
import { NetworkRequest } from "./network_request.ts";

export type {
  ExchangeBody,
  ExchangeEvents,
  ExchangeRequest,
  ExchangeResponse,
  Handler,
  Layer,
  RedirectPolicy,
} from "./_exchange.ts";

/** Options of {@linkcode NetworkAccessManager}. */
export interface NetworkAccessManagerOptions {
  /** Which redirects are followed; "noLessSafe" by default: none from https to http. */
  redirectPolicy?: RedirectPolicy;
  /** How many redirects are followed; 50 by default. */
  maxRedirects?: number;
  /**
   * Milliseconds without any progress after which a request fails; 30 000 by default, 0: for ever.
   * The time does not run while a request waits for one of the `connectionsPerHost`, or while what
   * has arrived waits to be read.
   */
  transferTimeout?: number;
  /** Connections to one server at the most; 6 by default. */
  connectionsPerHost?: number;
  /** Layers of your own, outermost first, around those of the manager. */
  layers?: readonly Layer[];
  /** Narrows what may be connected to. */
  scope?: PermissionScope;
}

/** Options of a single request that are no part of its value. */
export interface RequestOptions {
  /**
   * Aborts the reply when it aborts: it fails with "operationCanceled", and what waits for it
   * rejects with the signal's reason.
   */
  signal?: AbortSignal;
}

/** Milliseconds without progress after which a request fails. */
const TRANSFER_TIMEOUT = 30_000;
/** Redirects that are followed, as in Qt. */
const MAX_REDIRECTS = 50;
/** Connections to one server, as in Qt. */
const CONNECTIONS_PER_HOST = 6;

/**
 * Makes requests and owns what they share: connections, policies. After QNetworkAccessManager.
 *
 * A request begins after the call that makes it has returned. Connections are kept for two minutes
 * and reused; they do not keep the process alive.
 *
 * Needs `--allow-net=host:port` for every server that is asked, redirects included.
 *
 * @example
 * ```ts
 * import { NetworkAccessManager } from "@quayside/quayside/http";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
 *   return Response.json({ answer: 42 });
 * });
 * await using manager = new NetworkAccessManager({ transferTimeout: 5_000 });
 *
 * const reply = manager.get(`http://127.0.0.1:${server.addr.port}/`);
 * reply.downloadProgress.connect((received, total) => console.log(received, "of", total));
 * assertEquals(await reply.json(), { answer: 42 });
 *
 * const response = await manager.fetch(`http://127.0.0.1:${server.addr.port}/`);
 * assertEquals(await response.json(), { answer: 42 });
 * ```
 */
export class NetworkAccessManager implements AsyncDisposable {
  /** A reply has finished, just after its own `finished`. */
  readonly finished: Signal<[reply: NetworkReply]> = new Signal();
  /** All layers between a reply and the wire, outermost first. */
  readonly layers: readonly Layer[];
  /** The schemes that requests may have. */
  readonly supportedSchemes: readonly string[] = ["http"];
  /**
   * `fetch` by this manager. Rejects with a `TypeError` whose cause is the
   * {@linkcode NetworkReplyError}, as `fetch` does.
   */
  readonly fetch: typeof fetch = fetchWith(this);

  readonly #redirectPolicy: RedirectPolicy;
  readonly #maxRedirects: number;
  readonly #transferTimeout: number;
  readonly #scope: PermissionScope;
  readonly #stallTimer = new StallTimer();
  readonly #http: HttpScheme;
  readonly #handler: Handler;
  readonly #running = new Set<NetworkReply>();
  #isClosed = false;

  /**
   * A manager without connections; they come with the requests.
   *
   * @param options `redirectPolicy`, `maxRedirects`, `transferTimeout`, `connectionsPerHost`,
   * `layers`, `scope`.
   * @throws {RangeError} A number is out of its range.
   * @throws {TypeError} The policy is none.
   */
  constructor(options: NetworkAccessManagerOptions = {}) {
    const {
      redirectPolicy = "noLessSafe",
      maxRedirects = MAX_REDIRECTS,
      transferTimeout = TRANSFER_TIMEOUT,
      connectionsPerHost = CONNECTIONS_PER_HOST,
    } = options;
    this.#redirectPolicy = checkedPolicy(redirectPolicy);
    this.#maxRedirects = checkedCount("maxRedirects", maxRedirects);
    this.#transferTimeout = checkedTime("transferTimeout", transferTimeout);
    this.#scope = options.scope ?? PermissionScope.process;
    this.#http = new HttpScheme(checkedCount("connectionsPerHost", connectionsPerHost, 1));
    this.layers = [...options.layers ?? [], redirect];
    this.#handler = this.layers.reduceRight<Handler>(
      (next, layer) => layer(next),
      (request) => this.#handle(request),
    );
  }

  /**
   * Asks for a resource.
   *
   * @param request A request, or just its URL.
   * @param options `signal`.
   * @returns The reply, under way.
   * @throws {TypeError} The URL is none.
   * @throws {InvalidStateError} The manager is closed.
   */
  get(request: NetworkRequest | string | URL, options: RequestOptions = {}): NetworkReply {
    return this.#send("GET", { ...options, request });
  }

  /**
   * Asks for the headers of a resource.
   *
   * @param request A request, or just its URL.
   * @param options `signal`.
   * @returns The reply, under way; it will have no body.
   * @throws {TypeError} The URL is none.
   * @throws {InvalidStateError} The manager is closed.
   */
  head(request: NetworkRequest | string | URL, options: RequestOptions = {}): NetworkReply {
    return this.#send("HEAD", { ...options, request });
  }

  /** Aborts what is under way and closes all connections. The manager cannot be used any more. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const reply of [...this.#running]) reply.abort();
    this.#stallTimer.stop();
    this.#http.close(new InvalidStateError("Cannot use the manager: it is closed"));
    if (this.#running.size === 0) endSignals(this);
  }

  /** Closes the manager, and waits until all replies have finished. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await Promise.all([...this.#running].map((reply) => reply.done));
  }

  #send(
    operation: string,
    { request: asked, signal }: RequestOptions & { request: NetworkRequest | string | URL },
  ): NetworkReply {
    if (this.#isClosed) {
      throw new InvalidStateError("Cannot request anything: the manager is closed");
    }
    const request = asked instanceof NetworkRequest ? asked : new NetworkRequest(asked);
    const reply = new NetworkReply({
      request,
      operation,
      signal,
      stallTimer: this.#stallTimer,
      transferTimeout: request.transferTimeout ?? this.#transferTimeout,
      exchange: (signal: AbortSignal, events: ExchangeEvents) =>
        this.#handler({
          method: operation,
          url: request.url,
          headers: request.headers,
          signal,
          events,
          scope: this.#scope,
          redirectPolicy: request.redirectPolicy ?? this.#redirectPolicy,
          maxRedirects: request.maxRedirects ?? this.#maxRedirects,
        }),
      finished: (reply) => this.#finished(reply),
    });
    this.#running.add(reply);
    return reply;
  }

  #handle(request: ExchangeRequest): ReturnType<Handler> {
    if (request.url.protocol === "http:") return this.#http.handle(request);
    const so = `the scheme is not one of ${this.supportedSchemes.join(", ")}`;
    return Promise.reject(
      new NetworkReplyError(
        "protocolUnknown",
        `Cannot request ${withoutCredentials(request.url)}: ${so}`,
      ),
    );
  }

  #finished(reply: NetworkReply): void {
    this.#running.delete(reply);
    this.finished.emit(reply);
    if (this.#isClosed && this.#running.size === 0) endSignals(this);
  }
}
