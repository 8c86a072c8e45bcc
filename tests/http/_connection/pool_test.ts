import { assertEquals, assertRejects } from "@std/assert";
import type { Transport } from "../../../core/transport.ts";
import { ConnectionPool, type PoolOptions } from "../../../http/_connection/_pool.ts";
import type { ExchangeRequest } from "../../../http/_exchange.ts";
import { NetworkAccessManager } from "../../../http/network_access_manager.ts";
import { PermissionScope } from "../../../core/permission.ts";
import { HttpHeaders } from "../../../protocol/http_headers.ts";
import { memoryPair, type MemoryTransport } from "../../_support/memory_transport.ts";
import { answering, ok, record, ScriptedServer } from "../_server.ts";

const pathOf = (head: string | null) => head?.split(" ")[1];

Deno.test("ConnectionPool reuses one connection for requests one after the other", async () => {
  await using server = answering(() => ok("x"));
  await using manager = new NetworkAccessManager();
  for (let i = 0; i < 5; i++) {
    const seen = record(manager.get(server.url()));
    await manager.finished.next();
    assertEquals(seen.includes("socketStartedConnecting"), i === 0);
  }
  assertEquals(server.connections, 1);
});

Deno.test("ConnectionPool opens six connections to a server and queues the rest in order", async () => {
  const begun: (string | undefined)[] = [];
  const six = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  await using server = new ScriptedServer(async (peer) => {
    for (let head; (head = await peer.request()) !== null;) {
      if (begun.push(pathOf(head)) === 6) six.resolve();
      await go.promise;
      await peer.send(ok("x"));
    }
  });
  await using manager = new NetworkAccessManager();
  const replies = Array.from({ length: 20 }, (_, i) => manager.get(server.url(`/${i}`)));
  const sent: string[] = [];
  for (const { requestSent, url } of replies) requestSent.connect(() => sent.push(url.pathname));
  await six.promise;
  assertEquals(begun.toSorted(), ["/0", "/1", "/2", "/3", "/4", "/5"]);
  go.resolve();
  await Promise.all(replies.map((reply) => reply.done));
  assertEquals(server.connections, 6);
  assertEquals(sent.slice(6), replies.slice(6).map((reply) => reply.url.pathname));
});

Deno.test("ConnectionPool passes over a request that is aborted in the queue", async () => {
  const paths: (string | undefined)[] = [];
  await using server = answering((head) => (paths.push(pathOf(head)), ok()));
  await using manager = new NetworkAccessManager({ connectionsPerHost: 1 });
  const replies = ["/0", "/1", "/2"].map((path) => manager.get(server.url(path)));
  await replies[0]!.socketStartedConnecting.next();
  replies[1]!.abort();
  await Promise.all(replies.map((reply) => reply.done));
  assertEquals([paths, replies[1]!.error], [["/0", "/2"], "operationCanceled"]);
});

Deno.test("ConnectionPool does not count the time in the queue as time without progress", async () => {
  await using server = new ScriptedServer(async (peer) => {
    while (await peer.request() !== null) {
      for (const byte of ok("0123456789")) {
        await peer.send(byte);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    }
  });
  const options = { connectionsPerHost: 1, transferTimeout: 40 };
  await using manager = new NetworkAccessManager(options);
  const replies = [1, 2].map(() => manager.get(server.url()));
  await Promise.all(replies.map((reply) => reply.done));
  assertEquals(replies.map((reply) => reply.errorString), ["", ""]);
});

Deno.test("ConnectionPool gives a connection that frees itself by an abort to the next", async () => {
  await using server = new ScriptedServer(async (peer, index) => {
    await peer.request();
    if (index > 0) await peer.send(ok("x"));
    await peer.request();
  });
  await using manager = new NetworkAccessManager({ connectionsPerHost: 1 });
  const [first, second] = [manager.get(server.url()), manager.get(server.url())];
  await first.requestSent.next();
  first.abort();
  assertEquals(await second.text(), "x");
});

Deno.test("ConnectionPool lends no connection to another scope", async () => {
  await using server = answering(() => ok());
  const narrow = new PermissionScope({ net: [`127.0.0.1:${server.port}`] });
  let scope = PermissionScope.process;
  await using manager = new NetworkAccessManager({
    layers: [(next) => (request) => next({ ...request, scope })],
  });
  for (scope of [PermissionScope.process, narrow, narrow]) await manager.get(server.url()).done;
  assertEquals(server.connections, 2);
  scope = new PermissionScope({ net: ["127.0.0.1:1"] });
  const reply = await manager.get(server.url()).done;
  assertEquals([reply.error, server.connections], ["unknownNetwork", 2]);
});

/** A pool over memory pairs, whose servers are given one after the other. */
function memoryPool(options: Partial<PoolOptions> = {}) {
  const servers: MemoryTransport[] = [];
  const clients: MemoryTransport[] = [];
  let emptied = 0;
  const pool = new ConnectionPool({
    connections: 1,
    idleTimeout: 10_000,
    connect: () => {
      const [client, server] = memoryPair();
      servers.push(server);
      clients.push(client);
      return Promise.resolve<Transport>(client);
    },
    emptied: () => emptied++,
    ...options,
  });
  return { pool, servers, clients, emptied: () => emptied };
}

const signal = new AbortController().signal;

const request: ExchangeRequest = {
  method: "GET",
  url: new URL("http://a/"),
  headers: new HttpHeaders(),
  signal,
  events: {},
  scope: PermissionScope.process,
  redirectPolicy: "manual",
  maxRedirects: 0,
};

/** One request and its response on a borrowed connection. */
async function exchange({ pool, servers }: ReturnType<typeof memoryPool>): Promise<void> {
  const { client } = await pool.borrow(signal, {});
  const exchanged = client.exchange(request);
  const server = servers.at(-1)!;
  await server.read(new Uint8Array(1000));
  await server.write(new TextEncoder().encode(ok()));
  await exchanged;
}

Deno.test("ConnectionPool closes connections that were idle for too long", async () => {
  const closed = Promise.withResolvers<void>();
  const memory = memoryPool({ idleTimeout: 30, emptied: () => closed.resolve() });
  await exchange(memory);
  const [client] = memory.clients;
  assertEquals([client!.isClosed, client!.isUnreferenced], [false, false]);
  // The timer of the pool does not keep the process alive, as a test does not either.
  const alive = setTimeout(() => {}, 5_000);
  await closed.promise;
  clearTimeout(alive);
  assertEquals([client!.isClosed, client!.isUnreferenced], [true, true]);
});

Deno.test("ConnectionPool gives the place of a connection that failed to the next", async () => {
  let attempts = 0;
  const { pool, emptied } = memoryPool({
    connect: () => Promise.reject(new Error(`attempt ${++attempts}`)),
  });
  const borrowing = [1, 2, 3].map(() => pool.borrow(signal, {}));
  for (const [i, each] of borrowing.entries()) {
    await assertRejects(() => each, Error, `attempt ${i + 1}`);
  }
  await Promise.resolve();
  assertEquals(emptied(), 1);
});

Deno.test("ConnectionPool that is closed while it connects keeps nothing", async () => {
  const connected = Promise.withResolvers<Transport>();
  const { pool, emptied } = memoryPool({ connect: () => connected.promise });
  const borrowing = pool.borrow(signal, {});
  pool.close(new Error("over"));
  const [client] = memoryPair();
  connected.resolve(client);
  await assertRejects(() => borrowing, Error, "over");
  await Promise.resolve();
  assertEquals([client.isClosed, emptied()], [true, 1]);
});

Deno.test("ConnectionPool lends nothing to what is aborted already", async () => {
  const memory = memoryPool();
  await exchange(memory);
  const aborted = AbortSignal.abort(new Error("enough"));
  await assertRejects(() => memory.pool.borrow(aborted, {}), Error, "enough");
  assertEquals((await memory.pool.borrow(signal, {})).isReused, true);
  memory.pool.close(new Error("over"));
});

Deno.test("Http1Client sends nothing for what was aborted on the way to it", async () => {
  const { pool, servers, clients } = memoryPool();
  const { client } = await pool.borrow(signal, {});
  const aborted = { ...request, signal: AbortSignal.abort(new Error("enough")) };
  await assertRejects(() => client.exchange(aborted), Error, "enough");
  assertEquals([servers[0]!.unread, clients[0]!.isClosed], [0, true]);
});
