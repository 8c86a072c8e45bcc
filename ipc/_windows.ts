/**
 * Windows' named pipes, by node:net: Deno has no other way to them. The same code runs over Unix
 * sockets, where it is tested.
 *
 * @module
 */
import type { Server, Socket } from "node:net";
import { NodeTransport } from "../core/_node_transport.ts";
import type { PermissionScope } from "../core/permission.ts";
import type { LocalListener } from "./_local_listen.ts";
import type { LocalTransport } from "./_local_needs.ts";

/** Connects to a pipe. */
export function connectPipe(path: string): Promise<LocalTransport> {
  const socket = process.getBuiltinModule("node:net").connect({ path, allowHalfOpen: true });
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(new NodeTransport(socket));
    });
  });
}

/** Listens on a pipe: several servers cannot have one name, and none outlives its process. */
export function listenOnPipe(
  { path }: { path: string },
  { scope }: { scope: PermissionScope },
): Promise<LocalListener> {
  // Node throws a denial where nobody can catch it: ask before.
  for (const name of ["read", "write"] as const) scope.require({ name, path });
  const server = process.getBuiltinModule("node:net").createServer({ allowHalfOpen: true });
  const listener = new PipeListener(server);
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ path }, () => {
      server.off("error", reject);
      resolve(listener);
    });
  });
}

/** Connections that wait to be accepted at the most; beyond, they are turned away. */
const BACKLOG = 50;

/** Node accepts without being asked: what nobody has asked for yet waits here. */
class PipeListener implements LocalListener {
  readonly #server: Server;
  readonly #waiting: Socket[] = [];
  #asked: PromiseWithResolvers<LocalTransport> | null = null;

  constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket) => {
      if (this.#waiting.length >= BACKLOG) return socket.destroy();
      this.#waiting.push(socket);
      this.#serve();
    });
    server.on("error", (error) => this.#asked?.reject(error));
  }

  accept(): Promise<LocalTransport> {
    const asked = this.#asked = Promise.withResolvers<LocalTransport>();
    this.#serve();
    return asked.promise;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#waiting.splice(0)) socket.destroy();
    this.#asked?.reject(new Deno.errors.BadResource("Listener has been closed"));
  }

  ref(): void {
    this.#server.ref();
  }

  unref(): void {
    this.#server.unref();
  }

  #serve(): void {
    const asked = this.#asked;
    const socket = asked === null ? undefined : this.#waiting.shift();
    if (socket === undefined) return;
    this.#asked = null;
    asked!.resolve(new NodeTransport(socket));
  }
}
