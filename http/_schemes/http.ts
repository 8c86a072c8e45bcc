/**
 * `http:`: requests over pooled HTTP/1.1 connections.
 *
 * @module
 */
import type { PermissionScope } from "../../core/permission.ts";
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
  /** By scope, since a connection must not serve those who may not open it; then by host. */
  readonly #pools = new Map<PermissionScope, Map<string, ConnectionPool>>();

  /** @param connections Connections to one server at the most. */
  constructor(connections: number) {
    this.#connections = connections;
  }

  /** Answers a request from its server. */
  async handle(request: ExchangeRequest): Promise<ExchangeResponse> {
    for (;;) {
      // Asked for anew each time: a pool that has lost its last connection is gone.
      const pool = this.#poolFor(request);
      const { client, isReused } = await pool.borrow(request.signal, request.events);
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
    const pools = [...this.#pools.values()].flatMap((ofScope) => [...ofScope.values()]);
    for (const pool of pools) pool.close(reason);
  }

  #poolFor({ url, scope }: ExchangeRequest): ConnectionPool {
    const key = url.host;
    const known = this.#pools.get(scope)?.get(key);
    if (known !== undefined) return known;
    const ofScope = this.#pools.get(scope) ?? new Map<string, ConnectionPool>();
    const { hostname } = url;
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
        if (ofScope.get(key) !== pool) return;
        ofScope.delete(key);
        if (ofScope.size === 0) this.#pools.delete(scope);
      },
    });
    this.#pools.set(scope, ofScope.set(key, pool));
    return pool;
  }
}

function isIdempotent(method: string): boolean {
  return ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"].includes(method);
}
