/**
 * The connections to one server: at most so many, kept for reuse, lent to one request at a time.
 *
 * @module
 */
import type { Transport } from "../../core/transport.ts";
import type { ExchangeEvents } from "../_exchange.ts";
import { Http1Client } from "./http1.ts";

/** What a pool needs to know. */
export interface PoolOptions {
  /** Connections at the most. */
  connections: number;
  /** Milliseconds for which an idle connection is kept. */
  idleTimeout: number;
  /** Opens a connection. */
  connect(signal: AbortSignal): Promise<Transport>;
  /** Called when the pool holds nothing any more and nobody waits. */
  emptied(): void;
}

/**
 * Milliseconds for which a connection that became idle still keeps the process alive. Letting it go
 * and taking it back for each of many requests in a row would keep the garbage of them all from
 * being collected young: 11 µs a request instead of 1.
 */
const REST_DELAY = 10;

/** A connection on loan. It goes back by itself when its response is complete or given up. */
export interface Loan {
  readonly client: Http1Client;
  /** Whether it was used before, so that the server may be closing it just now. */
  readonly isReused: boolean;
}

/** Who waits for a connection. */
interface Waiting {
  readonly signal: AbortSignal;
  readonly events: ExchangeEvents;
  resolve(loan: Loan): void;
  reject(reason: unknown): void;
}

/** Lends the connections to one server. */
export class ConnectionPool {
  readonly #options: PoolOptions;
  readonly #clients = new Set<Http1Client>();
  /** Idle connections and when they became so; the one used last is at the end. */
  #idle: { readonly client: Http1Client; readonly since: number }[] = [];
  #queue: Waiting[] = [];
  #opening = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #restTimer: ReturnType<typeof setTimeout> | undefined;
  #closed: { readonly reason: unknown } | null = null;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /**
   * Lends a connection: an idle one, a new one, or the next that is free.
   *
   * @param signal Gives up waiting; the promise rejects with its reason.
   * @param events Told when the request has to wait, and when a connection is opened for it.
   * @throws {SocketError} No connection came about.
   */
  borrow(signal: AbortSignal, events: ExchangeEvents): Promise<Loan> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const idle = this.#idle.pop();
    if (idle !== undefined) return Promise.resolve({ client: idle.client, isReused: true });
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.#queue = this.#queue.filter((each) => each !== waiting);
        reject(signal.reason);
      };
      const waiting = { signal, events, resolve, reject };
      signal.addEventListener("abort", abort, { once: true });
      this.#queue.push(waiting);
      this.#serve();
      if (this.#queue.includes(waiting)) events.queued?.();
    });
  }

  /** Closes the idle connections, as one of them turned out to be dead. */
  dropIdle(): void {
    for (const { client } of this.#idle.splice(0)) this.#forget(client);
  }

  /** Closes all connections: the requests on them fail, and those that wait are told `reason`. */
  close(reason: unknown): void {
    this.#closed = { reason };
    this.#stopTimers();
    for (const { reject } of this.#queue.splice(0)) reject(reason);
    this.#idle = [];
    for (const client of [...this.#clients]) this.#forget(client);
  }

  #serve(): void {
    while (this.#queue.length > 0) {
      const idle = this.#idle.pop();
      const hasRoom = this.#clients.size + this.#opening < this.#options.connections;
      if (idle === undefined && !hasRoom) return;
      const waiting = this.#queue.shift()!;
      if (idle !== undefined) waiting.resolve({ client: idle.client, isReused: true });
      else this.#open(waiting);
    }
    if (this.#clients.size === 0 && this.#opening === 0) {
      this.#stopTimers();
      this.#options.emptied();
    }
  }

  async #open({ signal, events, resolve, reject }: Waiting): Promise<void> {
    this.#opening++;
    try {
      events.socketStartedConnecting?.();
      const client = new Http1Client(await this.#options.connect(signal), {
        released: (client) => this.#released(client),
        lost: (client) => this.#forget(client),
      });
      if (this.#closed) {
        client.close();
        throw this.#closed.reason;
      }
      this.#clients.add(client);
      resolve({ client, isReused: false });
    } catch (error) {
      reject(error);
    }
    this.#opening--;
    // An attempt that failed leaves room for the next in the queue.
    this.#serve();
  }

  #released(client: Http1Client): void {
    if (!client.canReuse) return this.#forget(client);
    this.#idle.push({ client, since: performance.now() });
    this.#serve();
    if (this.#idle.at(-1)?.client !== client) return;
    client.watch();
    this.#restTimer ??= setTimeout(() => this.#rest(), REST_DELAY);
    this.#timer ??= this.#sweepAfter(this.#options.idleTimeout);
  }

  #forget(client: Http1Client): void {
    client.close();
    if (!this.#clients.delete(client)) return;
    this.#idle = this.#idle.filter((each) => each.client !== client);
    this.#serve();
  }

  #rest(): void {
    this.#restTimer = undefined;
    for (const { client } of this.#idle) client.unref();
  }

  #sweepAfter(milliseconds: number): ReturnType<typeof setTimeout> {
    const timer = setTimeout(() => this.#sweep(), milliseconds);
    // A script ends when its work ends, whatever idle connections there are.
    Deno.unrefTimer(timer as unknown as number);
    return timer;
  }

  #stopTimers(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#restTimer);
    this.#timer = this.#restTimer = undefined;
  }

  #sweep(): void {
    this.#timer = undefined;
    const { idleTimeout } = this.#options;
    const now = performance.now();
    const expired = this.#idle.filter(({ since }) => now - since >= idleTimeout);
    for (const { client } of expired) this.#forget(client);
    const [oldest] = this.#idle;
    if (oldest !== undefined) this.#timer = this.#sweepAfter(oldest.since + idleTimeout - now);
  }
}
