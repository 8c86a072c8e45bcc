/**
 * Replies to requests, as devices.
 *
 * @module
 */
import { checkedSize } from "../core/_check.ts";
import { LimitExceededError, type NetworkingError } from "../core/error.ts";
import { IODevice, type WaitOptions } from "../core/io_device.ts";
import { endSignals } from "../core/_signals.ts";
import { Signal } from "../core/signal.ts";
import { HttpHeaders } from "../protocol/http_headers.ts";
import { BodyTransport } from "./_body_transport.ts";
import type { ExchangeEvents, ExchangeResponse } from "./_exchange.ts";
import { toResponse } from "./_fetch.ts";
import { Progress } from "./_progress.ts";
import type { StallTimer } from "./_stall_timer.ts";
import { replyErrorFrom, statusError, withoutCredentials } from "./_reply_errors.ts";
import { type NetworkErrorCode, NetworkReplyError } from "./network_reply_error.ts";
import type { NetworkRequest } from "./network_request.ts";

/** Options of the methods that give a body as a whole. */
export interface ReadBodyOptions extends WaitOptions {
  /** Bytes at the most; more is an error and aborts the reply. No limit by default. */
  maxSize?: number;
}

/**
 * How a reply is set going; the manager's part.
 *
 * @internal
 */
export interface ReplyStart {
  /** What was asked. */
  readonly request: NetworkRequest;
  /** The method. */
  readonly operation: string;
  /** Milliseconds without any progress after which the reply fails; 0: none. */
  readonly transferTimeout: number;
  /** Looks after it. */
  readonly stallTimer: StallTimer;
  /** Aborts the reply. */
  readonly signal: AbortSignal | undefined;
  /** Begins the exchange. */
  exchange(signal: AbortSignal, events: ExchangeEvents): Promise<ExchangeResponse>;
  /** Told once the reply has finished. */
  finished(reply: NetworkReply): void;
}

/**
 * The reply to a request, after QNetworkReply: a device to read the body from as it arrives.
 *
 * The order of the signals is `metaDataChanged`, `readyRead` any number of times, `errorOccurred`
 * if it failed, `readChannelFinished`, and `finished`, which comes exactly once, never before the
 * call that made the reply has returned, whatever happens. A status of 400 or more is an error, and
 * its body is delivered.
 *
 * The whole body is kept in memory unless {@linkcode readBufferSize} is set or a stream or an
 * iterator reads it: then the server is made to wait. Cancelling the stream aborts the reply.
 *
 * @example
 * ```ts
 * import { NetworkAccessManager } from "@quayside/quayside/http";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
 *   return new Response("hello");
 * });
 * await using manager = new NetworkAccessManager();
 * const reply = manager.get(`http://127.0.0.1:${server.addr.port}/`);
 * assertEquals(await reply.text(), "hello");
 * assertEquals(reply.httpStatus, 200);
 * ```
 */
export class NetworkReply extends IODevice {
  /** The head of the response has arrived: status and headers are there. */
  readonly metaDataChanged: Signal = new Signal();
  /** The reply is over, well or badly. */
  readonly finished: Signal = new Signal();
  /** The request failed; `finished` follows. */
  readonly errorOccurred: Signal<[error: NetworkReplyError]> = new Signal();
  /** A redirect is followed to this URL. */
  readonly redirected: Signal<[url: URL]> = new Signal();
  /**
   * Bytes of the body that arrived, and how many there will be: -1 when unknown. At most ten times
   * a second, and once at the end; not for an empty body.
   */
  readonly downloadProgress: Signal<[received: number, total: number]> = new Signal();
  /** A connection is being made for the request; not when one is reused. */
  readonly socketStartedConnecting: Signal = new Signal();
  /** The request has been handed to the system. */
  readonly requestSent: Signal = new Signal();

  /** Resolves when the reply has finished, whatever the outcome; never rejects. */
  readonly done: Promise<this>;

  readonly #start: ReplyStart;
  readonly #controller = new AbortController();
  readonly #progress: Progress;
  #settle!: (reply: this) => void;
  #state: "waiting" | "receiving" | "over" | "finished" = "waiting";
  #url: URL;
  #isRedirected = false;
  #response: ExchangeResponse | null = null;
  #failure: NetworkReplyError | null = null;
  /** What whoever waits for the reply gets: the failure, or the reason of the user's abort. */
  #reason: unknown;

  /**
   * Made by {@linkcode NetworkAccessManager} alone.
   *
   * @param start What to do, and whom to tell.
   */
  constructor(start: ReplyStart) {
    super();
    this.#start = start;
    this.#url = start.request.url;
    this.#progress = new Progress({
      timeout: start.transferTimeout,
      timer: start.stallTimer,
      stalled: () => this.#stalled(),
      report: (received, total) => this.downloadProgress.emit(received, total),
    });
    this.done = new Promise((resolve) => this.#settle = resolve);
    this._open(false);
    start.signal?.addEventListener("abort", this.#aborted);
    if (start.signal?.aborted) this.#aborted();
    else queueMicrotask(() => this.#run());
  }

  /** What was asked. */
  get request(): NetworkRequest {
    return this.#start.request;
  }

  /** The method of the request, for example "GET". */
  get operation(): string {
    return this.#start.operation;
  }

  /** Where the reply comes from: the request's URL, or the one that redirects led to. */
  get url(): URL {
    return this.#url;
  }

  /** The status code; 0 while there is none. */
  get httpStatus(): number {
    return this.#response?.status ?? 0;
  }

  /** The words behind the status code; "" when there are none. */
  get reasonPhrase(): string {
    return this.#response?.reasonPhrase ?? "";
  }

  /** The version of HTTP that the server spoke; "1.1" while nothing has arrived. */
  get httpVersion(): "1.0" | "1.1" | "2" {
    return this.#response?.httpVersion ?? "1.1";
  }

  /** The header fields of the response; none while they have not arrived. */
  get headers(): HttpHeaders {
    return this.#response?.headers ?? new HttpHeaders();
  }

  /** Whether the reply is over, and all its signals were emitted. */
  get isFinished(): boolean {
    return this.#state === "finished";
  }

  /** Whether the reply is not over yet. */
  get isRunning(): boolean {
    return !this.isFinished;
  }

  /** What failed, or `null`. */
  get error(): NetworkErrorCode | null {
    return this.#failure?.code ?? null;
  }

  /** The sentence of what failed, or "". */
  get errorString(): string {
    return this.#failure?.message ?? "";
  }

  /** Gives the request up: it fails with "operationCanceled". What had arrived can still be read. */
  abort(): void {
    if (!this.#isOver) this.#fail(this.#canceled("it was aborted"));
  }

  /** Closes the reply; one that is not over yet is aborted. What had arrived can still be read. */
  override close(): void {
    if (this.#isOver) return super.close();
    const failure = this.#canceled("it was closed");
    // First of all: nobody who reads to the end may take what has come so far for the whole.
    this._finishReading(failure);
    super.close();
    this.#fail(failure);
  }

  /**
   * The whole body.
   *
   * @param options `maxSize` in bytes, no limit by default; `timeout` in milliseconds, none by
   * default beside the request's own; `signal`.
   * @returns An array that owns its buffer; also for a status of 400 or more.
   * @throws {NetworkReplyError} The request failed.
   * @throws {LimitExceededError} The body is larger than `maxSize`. The reply is aborted; what had
   * arrived stays readable.
   * @throws {InvalidStateError} Something else is reading the reply.
   * @throws {RangeError} `maxSize` is negative or no number.
   * @throws {DOMException} "TimeoutError" after `timeout`; the signal's reason when it aborts.
   */
  bytes(options: ReadBodyOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    const maxSize = checkedSize("maxSize", options.maxSize ?? Infinity);
    const body = this._readToEnd({ ...options, maxSize });
    return maxSize === Infinity ? body : body.catch((error) => this.#refuse(error));
  }

  /**
   * The whole body as text: by the charset of its Content-Type, UTF-8 without one.
   *
   * @param options As for {@linkcode bytes}.
   * @returns The text, without a byte order mark.
   * @throws {NetworkReplyError} The request failed; all that {@linkcode bytes} throws.
   */
  async text(options: ReadBodyOptions = {}): Promise<string> {
    return decode(await this.bytes(options), this.headers.get("content-type"));
  }

  /**
   * The whole body, read as JSON.
   *
   * @param options As for {@linkcode bytes}.
   * @returns The value.
   * @throws {NetworkReplyError} The request failed; all that {@linkcode bytes} throws.
   * @throws {SyntaxError} The body is no JSON.
   */
  async json<T = unknown>(options: ReadBodyOptions = {}): Promise<T> {
    return JSON.parse(await this.text(options)) as T;
  }

  /**
   * The reply as a web `Response`, as soon as its head has arrived. To be called once: its body is
   * {@linkcode readable}, of which from now on no more than 1 MiB waits to be read (or
   * {@linkcode readBufferSize}).
   *
   * @returns The response, with `url`, `redirected` and `clone()` as `fetch` has them.
   * @throws {NetworkReplyError} The request failed before.
   * @throws {TypeError} Its body is being read, or was.
   */
  async response(): Promise<Response> {
    await this._until(() => {
      if (this.#response !== null) return true;
      if (this.#failure !== null) throw this.#reason;
      return undefined;
    }, {});
    this.readBufferSize ||= RESPONSE_BUFFER;
    return toResponse(this, this.#isRedirected);
  }

  /** Aborts what is not over yet, and waits until it is. */
  override async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.done;
  }

  get #isOver(): boolean {
    return this.#state === "over" || this.#state === "finished";
  }

  get #doing(): string {
    return `${this.operation === "GET" ? "get" : this.operation} ${withoutCredentials(this.url)}`;
  }

  async #run(): Promise<void> {
    if (this.#state !== "waiting") return;
    try {
      const response = await this.#start.exchange(this.#controller.signal, {
        queued: () => this.#progress.pause(),
        socketStartedConnecting: () => {
          this.#progress.touch();
          this.socketStartedConnecting.emit();
        },
        requestSent: () => {
          this.#progress.touch();
          this.requestSent.emit();
        },
        headReceived: () => this.#progress.touch(),
        redirected: (url) => this.#redirect(url),
      });
      if (this.#state !== "waiting") return response.body.cancel();
      this.#receive(response);
    } catch (error) {
      this.#fail(replyErrorFrom(error, this.#doing));
    }
  }

  #redirect(url: URL): void {
    if (this.#state !== "waiting") return;
    this.#url = url;
    this.#isRedirected = true;
    this.#progress.touch();
    this.redirected.emit(url);
  }

  #receive(response: ExchangeResponse): void {
    const { body } = response;
    this.#state = "receiving";
    this.#response = response;
    this.#url = response.url;
    this.#progress.expect(response.headers);
    this._wake();
    this.metaDataChanged.emit();
    if (this.#state !== "receiving") return body.cancel();
    this._attach(new BodyTransport(body, this.#progress));
  }

  /** The body has ended (`undefined`), or reading it failed. */
  protected override _readEnded(error: unknown): void {
    if (error !== undefined) return this.#fail(replyErrorFrom(error, this.#doing));
    this.#state = "over";
    this.#failure = statusError(this.httpStatus, this.#doing);
    this._finishReading(null);
    this.#finish();
  }

  /** Nobody wants the rest of the body, and nothing else is left to do. */
  protected override _cancelReading(): void {
    super._cancelReading();
    this.abort();
  }

  /** The session ends before `finished`: the signals outlive it. */
  protected override _dropped(): void {}

  #stalled(): void {
    const so = `nothing came for ${this.#start.transferTimeout} ms`;
    this.#fail(new NetworkReplyError("timeout", `Cannot ${this.#doing}: ${so}`));
  }

  #canceled(so: string, options?: ErrorOptions): NetworkReplyError {
    return new NetworkReplyError("operationCanceled", `Cannot ${this.#doing}: ${so}`, options);
  }

  readonly #aborted = (): void => {
    const { reason } = this.#start.signal!;
    this.#fail(this.#canceled("it was aborted", { cause: reason }), reason);
  };

  /** A body that is too large is not wanted at all: it would fill the memory unread. */
  #refuse(error: unknown): never {
    if (error instanceof LimitExceededError && !this.#isOver) {
      this.#fail(this.#canceled("its body is too large", { cause: error }));
    }
    throw error;
  }

  #fail(failure: NetworkReplyError, reason: unknown = failure): void {
    if (this.#isOver) return;
    this.#state = "over";
    this.#failure = failure;
    this.#reason = reason ?? failure;
    // Readers get the reason of the user's own abort as it is, whatever type that has.
    this._finishReading(this.#reason as NetworkingError);
    this.#controller.abort(failure);
    this._drop("abort");
    queueMicrotask(() => this.#finish());
  }

  #finish(): void {
    this.#start.signal?.removeEventListener("abort", this.#aborted);
    this.#progress.end();
    if (this.#failure !== null) this.errorOccurred.emit(this.#failure);
    this._announceReadEnd();
    this.#state = "finished";
    this.finished.emit();
    this.#start.finished(this);
    this._drop("close");
    endSignals(this);
    this.#settle(this);
    this._wake();
  }
}

/** Unread bytes beyond which a reply that was handed out as a response makes the server wait. */
const RESPONSE_BUFFER = 1024 * 1024;

function decode(bytes: Uint8Array, contentType: string | null): string {
  const charset = /;\s*charset="?([^\s";]+)/i.exec(contentType ?? "")?.[1];
  try {
    return new TextDecoder(charset ?? "utf-8").decode(bytes);
  } catch {
    // A charset that nobody knows: as browsers do, read it as UTF-8.
    return new TextDecoder().decode(bytes);
  }
}
