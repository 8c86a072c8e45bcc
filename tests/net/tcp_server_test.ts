import { assert, assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import net from "node:net";
import { InvalidStateError } from "../../core/error.ts";
import { type AcceptedConnection, TcpServer } from "../../net/tcp_server.ts";
import { TcpSocket } from "../../net/tcp_socket.ts";
import { dial, LOOPBACK } from "./_tcp_servers.ts";

/** Clients of a server; `using` closes them. */
async function clients(server: TcpServer, count: number): Promise<Disposable> {
  const all = await Promise.all(Array.from({ length: count }, () => dial(server)));
  return { [Symbol.dispose]: () => all.forEach((client) => client.close()) };
}

/** Waits until `count` connections are pending. */
async function pending(server: TcpServer, told: unknown[], count: number): Promise<void> {
  while (told.length < count) await server.newConnection.next({ timeout: 5_000 });
}

Deno.test("TcpServer listens, and tells each connection by both signals", async () => {
  const server = new TcpServer();
  const told: string[] = [];
  server.newConnection.connect(() => told.push("newConnection"));
  server.pendingConnectionAvailable.connect(() => told.push("pendingConnectionAvailable"));
  assertEquals([server.isListening, server.serverPort], [false, 0]);
  assert(server.serverAddress.isNull);
  assert(server.listen(LOOPBACK));
  assertEquals([server.isListening, `${server.serverAddress}`], [true, "127.0.0.1"]);
  assert(server.serverPort > 0);
  assertEquals(server.nextPendingConnection(), null);
  using client = await dial(server);
  assert(await server.waitForNewConnection());
  assert(await server.waitForNewConnection(0));
  assertEquals(told, ["pendingConnectionAvailable", "newConnection"]);
  assert(server.hasPendingConnections());
  const socket = server.nextPendingConnection()!;
  assertEquals([socket.state, socket.peerPort], ["connected", client.localAddr.port]);
  assertEquals(await server.waitForNewConnection(0), false);
  socket.close();
  server.close();
});

Deno.test("TcpServer accepts no more than maxPendingConnections, until some are taken", async () => {
  await using server = await TcpServer.listen(LOOPBACK);
  assertEquals(server.maxPendingConnections, 30);
  server.maxPendingConnections = 2;
  const told: number[] = [];
  server.newConnection.connect(() => told.push(1));
  using _clients = await clients(server, 5);
  await pending(server, told, 2);
  await assertRejects(() => server.newConnection.next({ timeout: 10 }), DOMException);
  assertEquals(told.length, 2);
  server.nextPendingConnection()!.close();
  await pending(server, told, 3);
  server.maxPendingConnections = 4;
  await pending(server, told, 5);
  assertThrows(() => server.maxPendingConnections = -1, RangeError);
});

Deno.test("TcpServer.pauseAccepting() holds back what comes, resumeAccepting() takes it", async () => {
  await using server = await TcpServer.listen(LOOPBACK);
  server.pauseAccepting();
  using _clients = await clients(server, 2);
  assertEquals(await server.waitForNewConnection(10), false);
  server.resumeAccepting();
  assert(await server.waitForNewConnection());
});

Deno.test("TcpServer.close() aborts what nobody has taken, and leaves what was taken", async () => {
  const server = await TcpServer.listen(LOOPBACK);
  const [first, second] = [await dial(server), await dial(server)];
  await server.waitForNewConnection();
  const taken = server.nextPendingConnection()!;
  await server.waitForNewConnection();
  const waiting = server.newConnection.next();
  server.close();
  server.close();
  assertEquals([server.isListening, server.hasPendingConnections()], [false, false]);
  await assertRejects(() => waiting, InvalidStateError);
  assertEquals(await server.waitForNewConnection(-1), false);
  assertEquals(await second.read(new Uint8Array(1)), null);
  taken.write("x");
  assertEquals(await first.read(new Uint8Array(1)), 1);
  taken.close();
  first.close();
  second.close();
});

Deno.test("TcpServer closes the connection that came while accepting was paused", async () => {
  const server = await TcpServer.listen(LOOPBACK);
  server.pauseAccepting();
  using client = await dial(server);
  assertEquals(await server.waitForNewConnection(5), false);
  server.close();
  assertEquals(await client.read(new Uint8Array(1)).catch(() => null), null);
});

Deno.test("TcpServer can be closed inside its slots, and listen again", async () => {
  const server = new TcpServer();
  for (const name of ["newConnection", "pendingConnectionAvailable"] as const) {
    assert(server.listen(LOOPBACK));
    const told: string[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    using _slot = server[name].connect(() => {
      told.push(name);
      server.close();
      resolve();
    });
    using _other = server.newConnection.connect(() => told.push("newConnection"));
    using _client = await dial(server);
    await promise;
    assertEquals([...new Set(told)], [name]);
  }
});

Deno.test("TcpServer gives connections by iteration, to one loop at a time, until it closes", async () => {
  const server = await TcpServer.listen(LOOPBACK);
  using _clients = await clients(server, 3);
  let count = 0;
  for await (const socket of server) {
    socket.close();
    await assertRejects(() => server[Symbol.asyncIterator]().next(), InvalidStateError);
    if (++count === 2) break;
  }
  for await (const socket of server) {
    socket.close();
    count++;
    server.close();
  }
  assertEquals(count, 3);
});

Deno.test("TcpServer.makeSocket makes the sockets; what it throws is reported, the connection closed", async () => {
  class Session extends TcpSocket {
    constructor(connection: AcceptedConnection) {
      super();
      this._adopt(connection);
    }
  }
  let isBroken = true;
  await using server = await TcpServer.listen({
    ...LOOPBACK,
    makeSocket: (connection) => {
      if (isBroken) throw new Error("no socket");
      return new Session(connection);
    },
  });
  const { promise, resolve } = Promise.withResolvers<ErrorEvent>();
  globalThis.addEventListener("error", (event) => {
    event.preventDefault();
    resolve(event);
  }, { once: true });
  using lost = await dial(server);
  assertEquals((await promise).message, "Uncaught Error: no socket");
  assertEquals(await lost.read(new Uint8Array(1)), null);
  isBroken = false;
  using _client = await dial(server);
  await server.waitForNewConnection();
  using _ = { [Symbol.dispose]: () => socket.abort() };
  const socket: Session = server.nextPendingConnection()!;
  assertInstanceOf(socket, Session);
});

Deno.test("TcpServer tells what accepting met, and goes on when told to", async () => {
  const { listen } = Deno;
  const errors = [
    new Deno.errors.ConnectionAborted(),
    Object.assign(new Error(), { code: "EMFILE" }),
  ];
  Deno.listen = ((options: Deno.TcpListenOptions) => {
    const listener = listen(options);
    const { accept } = listener;
    listener.accept = () => {
      const error = errors.shift();
      return error ? Promise.reject(error) : accept.call(listener);
    };
    return listener;
  }) as typeof listen;
  const server = new TcpServer();
  try {
    server.listen(LOOPBACK);
  } finally {
    Deno.listen = listen;
  }
  const [error] = await server.acceptError.next();
  assertEquals([error.code, server.serverError], ["socketResource", "socketResource"]);
  using _client = await dial(server);
  assertEquals(await server.waitForNewConnection(5), false);
  server.resumeAccepting();
  assert(await server.waitForNewConnection());
  server.close();
});

Deno.test("TcpServer hands allowHalfOpen on to its sockets", async () => {
  await using server = await TcpServer.listen({ ...LOOPBACK, allowHalfOpen: true });
  using client = await dial(server);
  await client.closeWrite();
  await server.waitForNewConnection();
  await using socket = server.nextPendingConnection()!;
  await Array.fromAsync(socket);
  socket.write("x");
  assertEquals(await client.read(new Uint8Array(1)), 1);
});

Deno.test("TcpServer serves a client of node:net", async () => {
  await using server = await TcpServer.listen(LOOPBACK);
  server.newConnection.connect(() => {
    const socket = server.nextPendingConnection()!;
    socket.readyRead.connect(() => socket.write(socket.readAll()));
  });
  const client = net.connect({ host: "127.0.0.1", port: server.serverPort });
  client.write("echo");
  const answer = await new Promise((resolve) => client.once("data", (data) => resolve(`${data}`)));
  assertEquals(answer, "echo");
  const closed = new Promise((resolve) => client.once("close", resolve));
  client.end();
  await closed;
});
