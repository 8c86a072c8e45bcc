/**
 * `http:`: requests over pooled HTTP/1.1 connections.
 *
 * @module
 */
import type { Transport } from "../../core/transport.ts";
import { connectTo } from "../../net/_connect.ts";
import { RemoteProtocolError } from "../../protocol/error.ts";
import { ConnectionPool } from "../_connection/_pool.ts";
import type { ExchangeRequest, ExchangeResponse } from "../_exchange.ts";

/** Milliseconds for which idle connections are kept, as in Qt. */
const IDLE_TIMEOUT = 120_000;

const DEFAULT_PORT = 80;

/** The handler of a manager's `http:` requests, and the owner of its connections. */
export class HttpScheme {
  readonly #connections: number;
  readonly #pools = new Map<string, ConnectionPool>();

  /** @param connections Connections to one server at the most. */
  constructor(connections: number) {
    this.#connections = connections;
  }

  /** Answers a request from its server. */
  async handle(request: ExchangeRequest): Promise<ExchangeResponse> {
    const pool = this.#poolFor(request);
    for (;;) {
      const { client, isReused } = await pool.borrow(
        request.signal,
        () => request.events.socketStartedConnecting?.(),
      );
      try {
        return await client.exchange(request);
      } catch (error) {
        // A connection that was idle may be closed by the server while the request travels.
        // RFC 9110 section 9.2.2: an idempotent request may then be sent again by itself.
        const isStale = error instanceof RemoteProtocolError &&
          error.code === "closedBeforeResponse";
        if (!isReused || !isStale || !isIdempotent(request.method)) throw error;
        pool.dropIdle();
      }
    }
  }

  /** Closes all connections; requests that wait for one are told `reason`. */
  close(reason: unknown): void {
    for (const pool of [...this.#pools.values()]) pool.close(reason);
    this.#pools.clear();
  }

  #poolFor({ url, scope }: ExchangeRequest): ConnectionPool {
    const key = url.host;
    const known = this.#pools.get(key);
    if (known !== undefined) return known;
    const hostname = url.hostname.replace(/^\[(.*)\]$/, "$1");
    const port = Number(url.port || DEFAULT_PORT);
    const connect = async (signal: AbortSignal): Promise<Transport> => {
      const { transport } = await connectTo({ hostname, port }, { scope, signal });
      // Heads and small bodies are whole messages: nothing is gained by waiting for more.
      (transport as Partial<Deno.TcpConn>).setNoDelay?.(true);
      return transport;
    };
    const pool = new ConnectionPool({
      connections: this.#connections,
      idleTimeout: IDLE_TIMEOUT,
      connect,
      emptied: () => {
        if (this.#pools.get(key) === pool) this.#pools.delete(key);
      },
    });
    this.#pools.set(key, pool);
    return pool;
  }
}

function isIdempotent(method: string): boolean {
  return ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"].includes(method);
}
