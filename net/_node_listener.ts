/**
 * A server of node:net with the face of a `Deno.TcpListener`, for what `Deno.listen` cannot do
 * without an unstable flag: `reusePort`.
 *
 * @module
 */
import type { Server, Socket } from "node:net";
import { NodeTransport } from "../core/_node_transport.ts";
import type { Transport } from "../core/transport.ts";

/** A connection that a server has accepted: `Deno.TcpConn` is one. */
export interface AcceptedConnection extends Transport {
  /** Our end. */
  readonly localAddr: Deno.NetAddr;
  /** The client's end. */
  readonly remoteAddr: Deno.NetAddr;
}

/** What a server accepts from: `Deno.TcpListener` is one. */
export interface Listener {
  /** Where it listens. */
  readonly addr: Deno.NetAddr;
  /** The next connection; rejects once the listener is closed. */
  accept(): Promise<AcceptedConnection>;
  /** Stops listening. */
  close(): void;
  /** Keeps the process alive. */
  ref(): void;
  /** Lets the process end. */
  unref(): void;
}

/** Where node listens. */
export interface NodeListenOptions {
  hostname: string;
  port: number;
  tcpBacklog: number;
  reusePort: boolean;
}

/**
 * Begins to listen. The permission has to be checked before: node throws a denial where nobody can
 * catch it.
 */
export function listen(options: NodeListenOptions): Promise<Listener> {
  const { hostname: host, port, tcpBacklog: backlog, reusePort } = options;
  const server = process.getBuiltinModule("node:net").createServer({ allowHalfOpen: true });
  const listener = new NodeListener(server, backlog);
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, backlog, reusePort }, () => {
      server.off("error", reject);
      resolve(listener);
    });
  });
}

/**
 * Node accepts without being asked. What nobody has asked for yet waits here, as many connections
 * as the system would keep; beyond that they are turned away.
 */
class NodeListener implements Listener {
  readonly #server: Server;
  readonly #waiting: AcceptedConnection[] = [];
  #asked: { resolve(connection: AcceptedConnection): void; reject(error: unknown): void } | null =
    null;

  constructor(server: Server, backlog: number) {
    this.#server = server;
    server.on("connection", (socket) => {
      if (this.#asked === null && this.#waiting.length >= backlog) return socket.resetAndDestroy();
      this.#waiting.push(connectionOf(socket));
      this.#serve();
    });
    server.on("error", (error) => this.#asked?.reject(error));
  }

  get addr(): Deno.NetAddr {
    const { address, port } = this.#server.address() as { address: string; port: number };
    return { transport: "tcp", hostname: address, port };
  }

  accept(): Promise<AcceptedConnection> {
    return new Promise((resolve, reject) => {
      this.#asked = { resolve, reject };
      this.#serve();
    });
  }

  close(): void {
    this.#server.close();
    for (const connection of this.#waiting.splice(0)) connection.abort?.();
    this.#asked?.reject(new Deno.errors.BadResource("Listener has been closed"));
  }

  ref(): void {
    this.#server.ref();
  }

  unref(): void {
    this.#server.unref();
  }

  #serve(): void {
    if (this.#asked === null) return;
    const connection = this.#waiting.shift();
    if (connection === undefined) return;
    this.#asked.resolve(connection);
    this.#asked = null;
  }
}

function connectionOf(socket: Socket): AcceptedConnection {
  const end = (hostname = "", port = 0): Deno.NetAddr => ({ transport: "tcp", hostname, port });
  return Object.assign(new NodeTransport(socket), {
    localAddr: end(socket.localAddress, socket.localPort),
    remoteAddr: end(socket.remoteAddress, socket.remotePort),
  });
}
