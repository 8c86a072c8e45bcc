import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { InvalidStateError, type SocketError } from "../../core/error.ts";
import { type SocketListener, SocketServer } from "../../core/socket_server.ts";

/** A connection that knows whether it was closed. */
class Connection {
  isClosed = false;

  close(): void {
    this.isClosed = true;
  }

  abort(): void {
    this.isClosed = true;
  }
}

/** Gives what the test pushes. */
class Listener implements SocketListener<Connection> {
  isReferenced = true;
  #isClosed = false;
  #asked = Promise.withResolvers<Connection>();

  push(connection: Connection): void {
    this.#asked.resolve(connection);
  }

  fail(error: unknown): void {
    this.#asked.reject(error);
  }

  accept(): Promise<Connection> {
    if (this.#isClosed) return Promise.reject(new Deno.errors.BadResource("closed"));
    this.#asked = Promise.withResolvers();
    return this.#asked.promise;
  }

  close(): void {
    this.#isClosed = true;
    this.#asked.promise.catch(() => {});
    this.#asked.reject(new Deno.errors.BadResource("closed"));
  }

  ref(): void {
    this.isReferenced = true;
  }

  unref(): void {
    this.isReferenced = false;
  }
}

class Server extends SocketServer<Connection, Connection> {
  readonly listener: Listener = new Listener();

  listen(): this {
    this._begin(this.listener);
    return this;
  }

  protected override _socketFor(connection: Connection): Connection {
    return connection;
  }
}

/** Lets the accepting loop take its steps. */
async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve();
}

async function arrive(server: Server): Promise<Connection> {
  const connection = new Connection();
  await settle();
  server.listener.push(connection);
  await settle();
  return connection;
}

Deno.test("SocketServer tells each connection by both signals and hands it out", async () => {
  await using server = new Server().listen();
  const told: string[] = [];
  server.pendingConnectionAvailable.connect(() => told.push("pending"));
  server.newConnection.connect(() => told.push("new"));
  const connection = await arrive(server);
  assertEquals(told, ["pending", "new"]);
  assert(await server.waitForNewConnection());
  assert(server.hasPendingConnections());
  assertEquals(server.nextPendingConnection(), connection);
  assertEquals(server.nextPendingConnection(), null);
});

Deno.test("SocketServer pauses when accepting fails, until it is told to go on", async () => {
  await using server = new Server().listen();
  const failures: SocketError[] = [];
  server.acceptError.connect((error) => failures.push(error));
  await settle();
  server.listener.fail(Object.assign(new Error("too many"), { code: "EMFILE" }));
  await settle();
  assertEquals(failures.map(({ code }) => code), ["socketResource"]);
  assertEquals(server.serverError, "socketResource");
  server.resumeAccepting();
  await arrive(server);
  assert(server.hasPendingConnections());
  server.listener.fail(new Deno.errors.ConnectionReset("gave up"));
  await arrive(server);
  assertEquals(failures.length, 1);
});

Deno.test("SocketServer holds a connection back while it has paused or is full", async () => {
  await using server = new Server().listen();
  server.maxPendingConnections = 1;
  server.pauseAccepting();
  await arrive(server);
  assertEquals(server.hasPendingConnections(), false);
  server.resumeAccepting();
  await settle();
  assert(server.hasPendingConnections());
  assertThrows(() => server.maxPendingConnections = -1, RangeError);
});

Deno.test("SocketServer.close() aborts what nobody took, and its disposal waits", async () => {
  const server = new Server().listen();
  const taken = await arrive(server);
  server.nextPendingConnection();
  const left = await arrive(server);
  server.close();
  server.close();
  assertEquals([taken.isClosed, left.isClosed, server.isListening], [false, true, false]);
  await server[Symbol.asyncDispose]();
  assertEquals(await server.waitForNewConnection(-1), false);
});

Deno.test("SocketServer is iterated over by one loop at a time", async () => {
  await using server = new Server().listen();
  const loop = server[Symbol.asyncIterator]();
  const first = loop.next();
  await assertRejects(() => server[Symbol.asyncIterator]().next(), InvalidStateError);
  const connection = await arrive(server);
  assertEquals((await first).value, connection);
  await loop.return(undefined);
});

Deno.test("SocketServer.unref() counts for what is listened on later", async () => {
  await using server = new Server();
  server.unref();
  server.listen();
  assertEquals(server.listener.isReferenced, false);
  server.ref();
  assertEquals(server.listener.isReferenced, true);
});
