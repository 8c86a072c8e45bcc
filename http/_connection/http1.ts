/**
 * One HTTP/1.1 connection of a client: requests and responses, one after the other.
 *
 * A body of known length, or one that lasts until the server closes, is read straight from the
 * transport into the reader's buffer; only heads and chunked bodies pass through the codec. A
 * connection is free again as soon as the last byte of a response has arrived, even when that has
 * not been read yet.
 *
 * @module
 */
import { Slab } from "../../core/_slab.ts";
import type { Transport } from "../../core/transport.ts";
import { LimitExceededError, RemoteProtocolError } from "../../protocol/error.ts";
import { Http1Connection, type Http1Event, type Http1ResponseHead } from "../../protocol/http1.ts";
import type { ExchangeBody, ExchangeRequest, ExchangeResponse } from "../_exchange.ts";
import { requestFields } from "./_request_fields.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Room for a head and a small body in one read. */
const READ_SIZES: readonly number[] = [16 * 1024, 64 * 1024, 256 * 1024];

/** Informational responses to one request; a server that sends more never comes to the point. */
const MAX_INFORMATIONAL = 100;

/** What the pool wants to know of a connection. */
export interface Http1ClientObserver {
  /** The connection is free, or closed; see {@linkcode Http1Client.canReuse}. */
  released(client: Http1Client): void;
  /** The connection ended while it was idle. */
  lost(client: Http1Client): void;
}

/** The connection to one server. */
export class Http1Client {
  readonly #transport: Transport;
  readonly #observer: Http1ClientObserver;
  readonly #codec = new Http1Connection("client");
  readonly #slab = new Slab(READ_SIZES);
  #state: "idle" | "busy" | "closed" = "idle";
  #isReferenced = true;
  #body: ResponseBody | null = null;
  #reading: Promise<number | null> | null = null;

  constructor(transport: Transport, observer: Http1ClientObserver) {
    this.#transport = transport;
    this.#observer = observer;
  }

  /** Whether another request may be sent. */
  get canReuse(): boolean {
    return this.#state === "idle";
  }

  /** Body bytes that may be read straight from the transport now. */
  get directBytes(): number {
    return this.#codec.directBytes;
  }

  /**
   * Sends a request and reads the head of its response.
   *
   * @throws {RemoteProtocolError} Code "closedBeforeResponse" when the connection ended before the
   * first byte of a response; others when the server sent what is no HTTP.
   * @throws The signal's reason when it aborts before the head is there.
   */
  async exchange(request: ExchangeRequest): Promise<ExchangeResponse> {
    const { url, signal } = request;
    const give = () => this.close();
    if (this.#body !== null) this.#wake();
    this.#state = "busy";
    const body = this.#body = new ResponseBody(this);
    signal.addEventListener("abort", give);
    try {
      signal.throwIfAborted();
      this.#send(request);
      const { version, status, reasonPhrase, headers } = await this.#readHead(request);
      return { url, httpVersion: version, status, reasonPhrase, headers, body };
    } catch (error) {
      this.close();
      this.#observer.released(this);
      throw signal.aborted ? signal.reason : error;
    } finally {
      signal.removeEventListener("abort", give);
    }
  }

  /**
   * Watches the idle connection, so that its end is noticed at once and not by the next request.
   */
  watch(): void {
    this.#read().then((size) => size === null || size > 0, () => true).then((isOver) => {
      if (this.#state !== "idle" || !isOver) return;
      // Bytes that nobody asked for are no better than an end.
      this.close();
      this.#observer.lost(this);
    });
  }

  /** Lets the process end until the next request. */
  unref(): void {
    if (this.#isReferenced) this.#transport.unref?.();
    this.#isReferenced = false;
  }

  /** Closes the connection, whatever it is doing. */
  close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    if (this.#transport.abort) this.#transport.abort();
    else this.#transport.close();
  }

  /** For the body: reads straight into `into`; `null` at the end of the connection. */
  async readDirect(into: Bytes): Promise<number | null> {
    const size = await this.#transport.read(into);
    if (size === null) this.#take(this.#codec.end());
    else if (this.#codec.bypass(size)) this.#complete();
    return size;
  }

  /** For the body: lets the codec read on; its events reach the body. */
  async receive(): Promise<void> {
    this.#take(await this.#receive());
  }

  /** For the body: the response is given up. */
  giveUp(): void {
    this.close();
    this.#observer.released(this);
  }

  /** Takes the connection up again after a response. */
  #wake(): void {
    this.#codec.next();
    if (!this.#isReferenced) this.#transport.ref?.();
    this.#isReferenced = true;
  }

  #send({ method, url, headers, events }: ExchangeRequest): void {
    const target = url.pathname + url.search;
    const head = { type: "request", method, target, headers: requestFields(headers, url) } as const;
    const bytes = this.#codec.send(head);
    // Not awaited, which saves a turn of the event loop: a write that fails shows in the read.
    this.#transport.write(bytes).then((sent) => this.#sent(bytes, sent), ignore);
    events.requestSent?.();
  }

  /** Goes on after a write that the system took only in part. */
  #sent(bytes: Bytes, sent: number): void {
    if (sent === bytes.length) return;
    const rest = bytes.subarray(sent);
    this.#transport.write(rest).then((sent) => this.#sent(rest, sent), ignore);
  }

  /** Reads into the slab; the read that watched the idle connection is taken over. */
  #read(): Promise<number | null> {
    return this.#reading ??= this.#transport.read(this.#slab.room(Infinity));
  }

  async #receive(): Promise<Http1Event[]> {
    const size = await this.#read();
    this.#reading = null;
    return size === null ? this.#codec.end() : this.#codec.receive(this.#slab.filled(size));
  }

  async #readHead({ events }: ExchangeRequest): Promise<Http1ResponseHead> {
    let received: Http1Event[];
    try {
      received = await this.#receive();
    } catch (cause) {
      throw failedBeforeResponse(cause);
    }
    for (let informational = 0;; received = await this.#receive()) {
      for (const event of received) {
        if (event.type === "error") throw event.error;
        if (event.type === "response") {
          this.#take(received);
          return event;
        }
        if (++informational > MAX_INFORMATIONAL) throw tooInformational();
      }
      events.headReceived?.();
    }
  }

  #take(events: readonly Http1Event[]): void {
    for (const event of events) {
      if (event.type === "data") this.#body!.pieces.push(event.bytes);
      else if (event.type === "end") this.#complete();
      else if (event.type === "error") this.#body!.fail(event.error);
      else if (event.type === "switched") this.#body!.fail(switched());
    }
  }

  /** The last byte of the response has arrived. */
  #complete(): void {
    this.#body!.complete();
    if (this.#state !== "busy") return;
    if (this.#codec.canReuse) this.#state = "idle";
    else this.close();
    this.#observer.released(this);
  }
}

/** The body of one response, which may outlive its turn on the connection. */
class ResponseBody implements ExchangeBody {
  /** What arrived with something else and was not read yet: views of the connection's slab. */
  readonly pieces: Bytes[] = [];
  readonly #client: Http1Client;
  #state: "open" | "complete" | "cancelled" = "open";
  #failure: Error | null = null;

  constructor(client: Http1Client) {
    this.#client = client;
  }

  async read(into: Bytes): Promise<number | null> {
    for (;;) {
      const piece = this.pieces[0];
      if (piece !== undefined) return this.#takePiece(piece, into);
      this.check();
      if (this.#state !== "open") return null;
      const direct = this.#client.directBytes;
      if (direct === 0) await this.#client.receive();
      else {
        const size = await this.#client.readDirect(into.subarray(0, direct));
        if (size !== null) return size;
      }
    }
  }

  take(limit: number): Bytes | null | undefined {
    // Before the end, other parts of a buffer may still be with the codec.
    if (this.#failure !== null || this.#state !== "complete") return undefined;
    if (this.pieces.length === 0) return null;
    return this.pieces.length === 1 && this.pieces[0]!.length <= limit
      ? this.pieces.pop()
      : undefined;
  }

  cancel(): void {
    if (this.#state !== "open") return;
    this.#state = "cancelled";
    this.pieces.length = 0;
    this.#client.giveUp();
  }

  complete(): void {
    if (this.#state === "open") this.#state = "complete";
  }

  fail(error: Error): void {
    this.#failure = error;
  }

  /** Throws what has gone wrong, if anything has. */
  check(): void {
    if (this.#failure !== null) throw this.#failure;
  }

  #takePiece(piece: Bytes, into: Bytes): number {
    const size = Math.min(piece.length, into.length);
    into.set(size === piece.length ? piece : piece.subarray(0, size));
    if (size === piece.length) this.pieces.shift();
    else this.pieces[0] = piece.subarray(size);
    return size;
  }
}

function ignore(): void {}

function failedBeforeResponse(cause: unknown): RemoteProtocolError {
  const so = "the connection failed before its first byte";
  const code = "closedBeforeResponse";
  return new RemoteProtocolError(`Cannot read response: ${so}`, { code, cause });
}

function switched(): RemoteProtocolError {
  return new RemoteProtocolError("Cannot read body: the server switched to another protocol");
}

function tooInformational(): LimitExceededError {
  const so = `more than ${MAX_INFORMATIONAL} informational ones came before it`;
  return new LimitExceededError("maxInformational", `Cannot read response: ${so}`);
}
