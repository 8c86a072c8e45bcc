/**
 * Replies to requests, as devices.
 *
 * @module
 */
import { IODevice, type WaitOptions } from "../core/io_device.ts";
import { endSignals } from "../core/_signals.ts";
import { Signal } from "../core/signal.ts";
import { HttpHeaders } from "../protocol/http_headers.ts";
import type { ExchangeEvents, ExchangeResponse } from "./_exchange.ts";
import { toResponse } from "./_fetch.ts";
import { Progress } from "./_progress.ts";
import { replyErrorFrom, statusError } from "./_reply_errors.ts";
import { type NetworkErrorCode, NetworkReplyError } from "./network_reply_error.ts";
import type { NetworkRequest } from "./network_request.ts";

/** Options of the methods that give a body as a whole. */
export interface ReadBodyOptions extends WaitOptions {
  /** Bytes at the most; more is an error. No limit by default. */
  maxSize?: number;
}

/** How a reply is set going; the manager's part. */
export interface ReplyStart {
  /** What was asked. */
  readonly request: NetworkRequest;
  /** The method. */
  readonly operation: string;
  /** Milliseconds without any progress after which the reply fails; 0: none. */
  readonly transferTimeout: number;
  /** Begins the exchange. */
  exchange(signal: AbortSignal, events: ExchangeEvents): Promise<ExchangeResponse>;
  /** Told once the reply has finished. */
  finished(reply: NetworkReply): void;
}

/**
 * The reply to a request, after QNetworkReply: a device to read the body from as it arrives.
 *
 * The order of the signals is `metaDataChanged`, `readyRead` any number of times, `errorOccurred`
 * if it failed, and `finished`, which comes exactly once, never before the call that made the reply
 * has returned, whatever happens. A status of 400 or more is an error, and its body is delivered.
 *
 * The whole body is kept in memory unless {@linkcode readBufferSize} is set or a stream or an
 * iterator reads it: then the server is made to wait.
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
  /** Bytes of the body that arrived, and how many there will be: -1 when unknown. At most ten
   * times a second, and once at the end. */
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
  #response: Omit<ExchangeResponse, "body">;
  #failure: NetworkReplyError | null = null;

  /** Made by {@linkcode NetworkAccessManager} alone. */
  constructor(start: ReplyStart) {
    super();
    this.#start = start;
    this.#response = { ...NO_RESPONSE, url: start.request.url };
    this.#progress = new Progress({
      timeout: start.transferTimeout,
      expired: () => this.#expire(),
      report: (received, total) => this.downloadProgress.emit(received, total),
      isFull: () => this.readBufferSize > 0 && this.bytesAvailable >= this.readBufferSize,
    });
    this.done = new Promise((resolve) => this.#settle = resolve);
    this._open();
    this._closeWriting();
    queueMicrotask(() => this.#run());
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
    return this.#response.url;
  }

  /** The status code; 0 while there is none. */
  get httpStatus(): number {
    return this.#response.status;
  }

  /** The words behind the status code; "" when there are none. */
  get reasonPhrase(): string {
    return this.#response.reasonPhrase;
  }

  /** The version of HTTP that the server spoke. */
  get httpVersion(): "1.0" | "1.1" | "2" {
    return this.#response.httpVersion;
  }

  /** The header fields of the response; none while they have not arrived. */
  get headers(): HttpHeaders {
    return this.#response.headers;
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
    this.#fail(new NetworkReplyError("operationCanceled", `Cannot ${this.#doing}: it was aborted`));
  }

  /** Closes the reply; one that is not over yet is aborted. */
  override close(): void {
    this.abort();
    super.close();
  }

  /**
   * The whole body.
   *
   * @param options `maxSize` in bytes, no limit by default; `timeout` in milliseconds, none by
   * default beside the request's own; `signal`.
   * @returns An array that owns its buffer; also for a status of 400 or more.
   * @throws {NetworkReplyError} The request failed.
   * @throws {LimitExceededError} The body is larger than `maxSize`; it stays readable.
   * @throws {InvalidStateError} Something else is reading the reply.
   */
  bytes(options: ReadBodyOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    return this._readToEnd({ ...options, maxSize: options.maxSize ?? Infinity });
  }

  /**
   * The whole body as text: by the charset of its Content-Type, UTF-8 without one.
   *
   * @param options As for {@linkcode bytes}.
   * @throws {NetworkReplyError} The request failed.
   */
  async text(options: ReadBodyOptions = {}): Promise<string> {
    return decode(await this.bytes(options), this.headers.get("content-type"));
  }

  /**
   * The whole body, read as JSON.
   *
   * @param options As for {@linkcode bytes}.
   * @throws {NetworkReplyError} The request failed.
   * @throws {SyntaxError} The body is no JSON.
   */
  async json<T = unknown>(options: ReadBodyOptions = {}): Promise<T> {
    return JSON.parse(await this.text(options)) as T;
  }

  /**
   * The reply as a web `Response`, as soon as its head has arrived. Its body is
   * {@linkcode readable}.
   *
   * @throws {NetworkReplyError} The request failed before.
   */
  async response(): Promise<Response> {
    await this._until(() => {
      if (this.#response.status > 0) return true;
      if (this.#failure !== null) throw this.#failure;
      return undefined;
    }, {});
    return toResponse(this, this.#response.url.href !== this.request.url.href);
  }

  /** Aborts what is not over yet, and waits until it is. */
  override async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.done;
  }

  get #doing(): string {
    return `${this.operation === "GET" ? "get" : this.operation} ${this.url}`;
  }

  async #run(): Promise<void> {
    if (this.#state !== "waiting") return;
    try {
      const response = await this.#start.exchange(this.#controller.signal, {
        socketStartedConnecting: () => this.socketStartedConnecting.emit(),
        requestSent: () => this.requestSent.emit(),
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
    this.#response = { ...this.#response, url };
    this.#progress.touch();
    this.redirected.emit(url);
  }

  #receive({ body, ...response }: ExchangeResponse): void {
    this.#state = "receiving";
    this.#response = response;
    this.#progress.expect(response.headers);
    this._wake();
    this.metaDataChanged.emit();
    if (this.#state !== "receiving") return body.cancel();
    this._attach({
      read: (into) => this.#progress.follow(body.read(into)),
      write: () => Promise.reject(new TypeError("Cannot write to a reply: it is read only")),
      close: () => body.cancel(),
    });
  }

  protected override _readEnded(error: unknown): void {
    if (error !== undefined) return this.#fail(replyErrorFrom(error, this.#doing));
    this.#state = "over";
    this.#failure = statusError(this.httpStatus, this.#doing);
    this._finishReading(null);
    this.readChannelFinished.emit();
    this.#finish();
  }

  /** The session ends before `finished`: the signals outlive it. */
  protected override _dropped(): void {}

  #expire(): void {
    const so = `nothing came for ${this.#start.transferTimeout} ms`;
    this.#fail(new NetworkReplyError("timeout", `Cannot ${this.#doing}: ${so}`));
  }

  #fail(failure: NetworkReplyError): void {
    if (this.#state === "over" || this.#state === "finished") return;
    this.#state = "over";
    this.#failure = failure;
    this._finishReading(failure);
    this.#controller.abort(failure);
    this._drop("abort");
    queueMicrotask(() => this.#finish());
  }

  #finish(): void {
    this.#progress.end();
    if (this.#failure !== null) this.errorOccurred.emit(this.#failure);
    this.#state = "finished";
    this.finished.emit();
    this.#start.finished(this);
    this._drop("close");
    endSignals(this);
    this.#settle(this);
    this._wake();
  }
}

const NO_RESPONSE = {
  status: 0,
  reasonPhrase: "",
  httpVersion: "1.1",
  headers: new HttpHeaders(),
} as const;

function decode(bytes: Uint8Array, contentType: string | null): string {
  const charset = /;\s*charset="?([^\s";]+)/i.exec(contentType ?? "")?.[1];
  try {
    return new TextDecoder(charset ?? "utf-8").decode(bytes);
  } catch {
    // A charset that nobody knows: as browsers do, read it as UTF-8.
    return new TextDecoder().decode(bytes);
  }
}
