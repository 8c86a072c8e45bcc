import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { InvalidStateError, SocketError } from "../../core/error.ts";
import { PermissionError, PermissionScope } from "../../core/permission.ts";
import type { SocketState } from "../../net/abstract_socket.ts";
import { TcpSocket } from "../../net/tcp_socket.ts";
import { HostAddress } from "../../protocol/host_address.ts";
import { pattern } from "../_support/device_contract.ts";
import { closedPort, connected, record } from "../_support/sockets.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

function listen(): Deno.TcpListener {
  return Deno.listen({ hostname: "127.0.0.1", port: 0 });
}

Deno.test("AbstractSocket connects in Qt's order of signals", async () => {
  using listener = listen();
  const socket = new TcpSocket();
  const told = record(socket);
  socket.connectToHost("127.0.0.1", listener.addr.port);
  assertEquals(told, ["[hostLookup]"]);
  assertEquals([socket.state, socket.isOpen], ["hostLookup", true]);
  using _peer = await listener.accept();
  assert(await socket.waitForConnected());
  assertEquals(told, [
    "[hostLookup]",
    "[connecting]",
    "hostFound",
    "[connected]",
    "connected",
  ]);
  assertEquals(`${socket.peerAddress}:${socket.peerPort}`, `127.0.0.1:${listener.addr.port}`);
  assertEquals([`${socket.localAddress}`, socket.peerName], ["127.0.0.1", "127.0.0.1"]);
  assert(socket.localPort > 0);
  socket.abort();
  assertEquals([socket.localPort, socket.peerPort, socket.peerName], [0, 0, ""]);
  assert(socket.peerAddress.isNull && socket.localAddress.isNull);
});

Deno.test("AbstractSocket that is refused is unconnected first and tells the error then", async () => {
  const socket = new TcpSocket();
  const told = record(socket);
  const error = socket.errorOccurred.next();
  socket.connectToHost("127.0.0.1", closedPort());
  socket.write("lost");
  const flushed = socket.flush();
  assertEquals(await socket.waitForConnected(), false);
  assertEquals((await assertRejects(() => flushed, SocketError)).code, "connectionRefused");
  assertEquals(told, [
    "[hostLookup]",
    "[connecting]",
    "hostFound",
    "[unconnected]",
    "errorOccurred connectionRefused",
  ]);
  assertEquals((await error)[0].code, "connectionRefused");
  assertEquals(socket.error, "connectionRefused");
  assertStringIncludes(socket.errorString, "Cannot connect to 127.0.0.1:");
});

Deno.test("AbstractSocket whose remote host closes tells it in Qt's order, and keeps the bytes", async () => {
  await using pair = await connected();
  const { socket, peer } = pair;
  await peer.write(new TextEncoder().encode("last words"));
  await socket.waitForReadyRead();
  const told = record(socket);
  peer.close();
  assert(await socket.waitForDisconnected());
  assertEquals(told, [
    "errorOccurred remoteHostClosed",
    "[closing]",
    "[unconnected]",
    "readChannelFinished",
    "disconnected",
  ]);
  assertEquals([socket.write("late"), text(socket.readAll())], [0, "last words"]);
  assertEquals(socket.error, "remoteHostClosed");
});

Deno.test("AbstractSocket.close() tells aboutToClose and ends in Qt's order", async () => {
  await using pair = await connected();
  const told = record(pair.socket);
  pair.socket.close();
  assertEquals(told, [
    "aboutToClose",
    "[closing]",
    "[unconnected]",
    "readChannelFinished",
    "disconnected",
  ]);
  assertEquals(pair.socket.error, null);
});

Deno.test("AbstractSocket.disconnectFromHost() stays closing until all is written; abort() ends that", async () => {
  const size = 16 * 1024 * 1024;
  for (const act of ["read", "abort"] as const) {
    await using pair = await connected();
    const { socket, peer } = pair;
    socket.write(pattern(size), { transfer: true });
    const told = record(socket);
    socket.disconnectFromHost();
    socket.disconnectFromHost();
    assertEquals([socket.state, socket.write("late"), told], ["closing", 0, ["[closing]"]]);
    if (act === "read") {
      let got = 0;
      const buffer = new Uint8Array(1024 * 1024);
      for (let n; (n = await peer.read(buffer)) !== null;) got += n;
      assertEquals(got, size);
      assert(await socket.waitForDisconnected());
    } else socket.abort();
    assertEquals(told.filter((what) => what !== "bytesWritten"), [
      "[closing]",
      "[unconnected]",
      "readChannelFinished",
      "disconnected",
    ]);
  }
});

Deno.test("AbstractSocket keeps what is written while it connects, also when it is to disconnect", async () => {
  using listener = listen();
  const socket = new TcpSocket();
  socket.connectToHost("127.0.0.1", listener.addr.port);
  assertEquals(socket.write("early"), 5);
  socket.disconnectFromHost();
  const told = record(socket);
  using peer = await listener.accept();
  const buffer = new Uint8Array(9);
  assertEquals(text(buffer.subarray(0, (await peer.read(buffer))!)), "early");
  assertEquals(await peer.read(buffer), null);
  assert(await socket.waitForDisconnected());
  assertEquals(told.filter((what) => what.startsWith("[")), [
    "[connecting]",
    "[connected]",
    "[closing]",
    "[unconnected]",
  ]);
});

Deno.test("AbstractSocket.disconnectFromHost() with nothing to write gives the attempt up", async () => {
  using listener = listen();
  const socket = new TcpSocket();
  socket.connectToHost("127.0.0.1", listener.addr.port);
  const told = record(socket);
  socket.disconnectFromHost();
  assertEquals(told, ["[unconnected]"]);
  assertEquals(await socket.waitForConnected(-1), false);
});

/** A listener whose connections send three bytes, read something and close. */
function greeter(): AsyncDisposable & { port: number } {
  const listener = listen();
  const greet = async (peer: Deno.TcpConn) => {
    using _peer = peer;
    await peer.write(pattern(3));
    await peer.read(new Uint8Array(9));
  };
  const served = (async () => {
    const talks: Promise<unknown>[] = [];
    for await (const peer of listener) talks.push(greet(peer).catch(() => {}));
    await Promise.all(talks);
  })();
  return {
    port: listener.addr.port,
    async [Symbol.asyncDispose]() {
      listener.close();
      await served;
    },
  };
}

Deno.test("AbstractSocket can be aborted inside every slot", async () => {
  await using server = greeter();
  const signals = [
    ..."hostFound connected disconnected readyRead bytesWritten readChannelFinished".split(" "),
    ..."[hostLookup] [connecting] [connected] [closing] [unconnected] errorOccurred".split(" "),
  ];
  for (const name of signals) {
    const socket = new TcpSocket();
    const told = record(socket);
    const abort = () => {
      told.push("aborted");
      socket.abort();
    };
    if (name.startsWith("[")) {
      socket.stateChanged.connect((state) => `[${state}]` === name && abort());
    } else socket[name as "connected"].connect(abort);
    socket.connectToHost("127.0.0.1", server.port);
    await socket.waitForConnected();
    socket.readyRead.connect(() => socket.write("hello"));
    await socket.waitForDisconnected();
    assertEquals([socket.state, socket.isOpen, told.includes("aborted")], [
      "unconnected",
      false,
      true,
    ], name);
    const after = told.slice(told.indexOf("aborted") + 1).filter((what) => what !== "aborted");
    const expected = ["[unconnected]", "readChannelFinished", "disconnected"];
    assertEquals(after.filter((what) => !expected.includes(what)), [], name);
  }
});

Deno.test("AbstractSocket can connect anew at once, also inside slots, without stale events", async () => {
  using listener = listen();
  const { port } = listener.addr;
  const again = {
    afterAbort: (socket: TcpSocket) => {
      socket.abort();
      socket.connectToHost("127.0.0.1", port);
    },
    inDisconnected: (socket: TcpSocket) => {
      socket.disconnected.connect(() => socket.connectToHost("127.0.0.1", port), { once: true });
      socket.abort();
    },
    inStateChanged: (socket: TcpSocket) => {
      socket.stateChanged.connect((state) => {
        if (state === "unconnected") socket.connectToHost("127.0.0.1", port);
      }, { once: true });
      socket.abort();
    },
  };
  for (const [name, reconnect] of Object.entries(again)) {
    const socket = new TcpSocket();
    socket.connectToHost("127.0.0.1", port);
    const first = await listener.accept();
    await socket.waitForConnected();
    await first.write(pattern(3));
    await socket.waitForReadyRead();
    socket.write(pattern(16 * 1024 * 1024), { transfer: true });
    const iterator = socket[Symbol.asyncIterator]();
    assertEquals((await iterator.next()).value, pattern(3), name);
    reconnect(socket);
    assertEquals([socket.state, socket.bytesToWrite, socket.bytesAvailable], ["hostLookup", 0, 0]);
    const second = await listener.accept();
    await socket.waitForConnected();
    await second.write(pattern(7));
    assertEquals(await socket.readExactly(7), pattern(7), name);
    // Who iterated over the first connection has seen its end, and nothing of the second.
    assertEquals(await iterator.next(), { done: true, value: undefined });
    socket.write("second");
    await socket.flush();
    const buffer = new Uint8Array(9);
    assertEquals(text(buffer.subarray(0, (await second.read(buffer))!)), "second");
    const reader = socket.readable.getReader();
    second.close();
    assertEquals((await reader.read()).done, true);
    first.close();
    await socket[Symbol.asyncDispose]();
  }
});

Deno.test("AbstractSocket connects after a refusal, inside the slot that tells it", async () => {
  using listener = listen();
  const socket = new TcpSocket();
  socket.errorOccurred.connect(() => socket.connectToHost("127.0.0.1", listener.addr.port));
  socket.connectToHost("127.0.0.1", closedPort());
  using _peer = await listener.accept();
  assert(await socket.waitForConnected());
  assertEquals([socket.error, socket.errorString], [null, ""]);
  const next = socket.disconnected.next();
  socket.abort();
  await next;
});

Deno.test("AbstractSocket opens and closes again and again", async () => {
  using listener = listen();
  const socket = new TcpSocket();
  for (let i = 0; i < 5; i++) {
    socket.connectToHost("127.0.0.1", listener.addr.port);
    const peer = await listener.accept();
    await socket.waitForConnected();
    await socket.writable.getWriter().write(`round ${i}`);
    const buffer = new Uint8Array(9);
    assertEquals(text(buffer.subarray(0, (await peer.read(buffer))!)), `round ${i}`);
    peer.close();
    await Array.fromAsync(socket.readable);
    await socket.waitForDisconnected();
  }
});

Deno.test("AbstractSocket.readyRead comes again for what arrived during its slot", async () => {
  await using pair = await connected();
  const { socket, peer } = pair;
  let got = 0, calls = 0;
  const done = Promise.withResolvers<void>();
  socket.readyRead.connect(async () => {
    if (++calls === 1) await peer.write(pattern(2));
    got += socket.read(1).length;
    if (calls === 2) done.resolve();
  });
  await peer.write(pattern(1));
  await done.promise;
  assert(got >= 1);
});

Deno.test("AbstractSocket waits may be nested in a slot that a wait has called", async () => {
  await using pair = await connected();
  const { socket, peer } = pair;
  let nested: Promise<boolean> | undefined;
  socket.readyRead.connect(() => {
    socket.readAll();
    nested = socket.waitForReadyRead();
    socket.write("more");
  }, { once: true });
  await peer.write(pattern(1));
  assert(await socket.waitForReadyRead());
  await peer.read(new Uint8Array(4));
  await peer.write(pattern(1));
  assertEquals(await nested, true);
});

Deno.test("AbstractSocket.readBufferSize holds the peer back, and can grow inside readyRead", async () => {
  await using pair = await connected({ readBufferSize: 100 });
  const { socket, peer } = pair;
  const sizes: number[] = [];
  const done = Promise.withResolvers<void>();
  socket.readyRead.connect(() => {
    sizes.push(socket.bytesAvailable);
    if (socket.bytesAvailable === 100) socket.readBufferSize = 250;
    if (socket.bytesAvailable === 250) done.resolve();
  });
  await peer.write(pattern(1000));
  await done.promise;
  assertEquals([sizes[0], sizes.at(-1)], [100, 250]);
});

Deno.test("AbstractSocket tells misuse: an operation error while busy, exceptions for wrong arguments", async () => {
  await using pair = await connected();
  const { socket } = pair;
  const told = record(socket);
  socket.connectToHost("127.0.0.1", 1);
  assertEquals(told, ["errorOccurred operation"]);
  assertEquals([socket.state, socket.error], ["connected", "operation"]);
  for (const port of [-1, 65_536, 1.5, NaN]) {
    assertThrows(() => socket.connectToHost("localhost", port), RangeError);
  }
  assertThrows(() => socket.connectToHost("", 1), TypeError);
  assertThrows(() => socket.connectToHost(HostAddress.null, 1), TypeError);
  assertEquals(socket.bind(), false);
  assertEquals(socket.error, "unsupportedSocketOperation");
});

Deno.test("AbstractSocket tells how connecting failed", async () => {
  const unlistened = closedPort();
  const cases: [code: string, socket: TcpSocket, host: string, options?: { timeout?: number }][] = [
    ["connectionRefused", new TcpSocket(), "127.0.0.1"],
    ["connectionRefused", new TcpSocket({ resettable: true }), "127.0.0.1"],
    ["connectionRefused", new TcpSocket(), "localhost"],
    ["hostNotFound", new TcpSocket(), "no-such-host.invalid"],
    ["socketAddressNotAvailable", new TcpSocket({ localAddress: "192.0.2.1" }), "127.0.0.1"],
    ["socketAccess", new TcpSocket({ scope: new PermissionScope({}) }), "127.0.0.1"],
  ];
  for (const [code, socket, host, options] of cases) {
    const told = record(socket);
    socket.connectToHost(host, unlistened, options);
    const [error] = await socket.errorOccurred.next();
    assertEquals(error.code, code, error.message);
    assertInstanceOf(error, SocketError);
    assert(error.cause !== undefined);
    assertEquals(told.filter((what) => what.startsWith("error")).length, 1);
    assertEquals(told.at(-2), "[unconnected]");
    assertEquals(told.includes("disconnected"), false);
  }
});

Deno.test("AbstractSocket narrows its scope by that of the call", async () => {
  using listener = listen();
  const { port } = listener.addr;
  const socket = new TcpSocket();
  socket.connectToHost("127.0.0.1", port, { scope: new PermissionScope({ net: ["10.0.0.0/8"] }) });
  assertEquals(await socket.waitForConnected(), false);
  assertEquals(socket.error, "socketAccess");
  socket.connectToHost("127.0.0.1", port, { scope: new PermissionScope({}) });
  const [error] = await socket.errorOccurred.next();
  assertInstanceOf(error.cause, PermissionError);
  assertEquals(error.cause.flag, `--allow-net=127.0.0.1:${port}`);
  assertEquals(error.cause.refusedBy, "scope");
});

Deno.test("AbstractSocket.connectToHost() gives up after its timeout", async () => {
  // The system's queue of a listener that accepts nothing fills up; then it answers nobody.
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0, tcpBacklog: 1 });
  const { port } = listener.addr;
  const fillers = await Promise.all([1, 2].map(() => Deno.connect({ port })));
  const socket = new TcpSocket();
  const told = record(socket);
  socket.connectToHost("127.0.0.1", port, { timeout: 20 });
  assertEquals(await socket.waitForConnected(1), false);
  assertEquals(socket.state, "connecting");
  const [error] = await socket.errorOccurred.next();
  assertEquals([error.code, socket.state], ["socketTimeout", "unconnected"]);
  assertEquals(told.at(-1), "errorOccurred socketTimeout");
  for (const filler of fillers) filler.close();
});

Deno.test("AbstractSocket ends its iterators of signals with each connection", async () => {
  await using pair = await connected();
  const states: SocketState[] = [];
  const loop = (async () => {
    for await (const [state] of pair.socket.stateChanged) states.push(state);
  })();
  pair.socket.close();
  await loop;
  assertEquals(states, ["closing", "unconnected"]);
  await assertRejects(() => pair.socket.disconnected.next(), InvalidStateError);
});

Deno.test("AbstractSocket.waitForDisconnected() and waitForConnected() are levels", async () => {
  const socket = new TcpSocket();
  assertEquals(await socket.waitForConnected(), false);
  assertEquals(await socket.waitForDisconnected(), true);
  await using pair = await connected();
  assertEquals(await pair.socket.waitForConnected(0), true);
  assertEquals(await pair.socket.waitForDisconnected(0), false);
  const signal = AbortSignal.abort(new Error("enough"));
  await assertRejects(() => pair.socket.waitForDisconnected({ signal }), Error, "enough");
});

Deno.test("AbstractSocket with allowHalfOpen tells the end of reading once, and no error", async () => {
  await using pair = await connected({ allowHalfOpen: true });
  const { socket, peer } = pair;
  const told = record(socket);
  await peer.closeWrite();
  await socket.readChannelFinished.next();
  assertEquals([socket.state, told], ["connected", ["readChannelFinished"]]);
  socket.closeWriteChannel();
  assert(await socket.waitForDisconnected());
  assertEquals(told, ["readChannelFinished", "[closing]", "[unconnected]", "disconnected"]);
  assertEquals(socket.error, null);
});

Deno.test("AbstractSocket flushes what is queued when its peer has ended", async () => {
  await using pair = await connected();
  const { socket, peer } = pair;
  socket.write(pattern(8 * 1024 * 1024), { transfer: true });
  await peer.closeWrite();
  let got = 0;
  const buffer = new Uint8Array(1024 * 1024);
  for (let n; (n = await peer.read(buffer)) !== null;) got += n;
  assertEquals(got, 8 * 1024 * 1024);
  assert(await socket.waitForDisconnected());
});

Deno.test("AbstractSocket options are kept until the connection is there", async () => {
  const socket = new TcpSocket();
  assertEquals(socket.socketOption("lowDelay"), null);
  socket.setSocketOption("lowDelay", true);
  socket.setSocketOption("keepAlive", 1);
  assertThrows(() => socket.setSocketOption("keepAliveIdle", 0.5), RangeError);
  assertThrows(() => socket.setSocketOption("keepAliveIdle", true), RangeError);
  socket.setSocketOption("keepAliveIdle", 30);
  using listener = listen();
  socket.connectToHost("127.0.0.1", listener.addr.port);
  using _peer = await listener.accept();
  assert(await socket.waitForConnected());
  assertEquals(
    (["lowDelay", "keepAlive", "keepAliveIdle"] as const).map((name) => socket.socketOption(name)),
    [true, 1, 30],
  );
  assertEquals(socket.error, null);
  socket.setSocketOption("keepAliveIdle", 31);
  assertEquals([socket.error, socket.socketOption("keepAliveIdle")], [
    "unsupportedSocketOperation",
    30,
  ]);
  socket.abort();
});
