import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { InvalidStateError, SocketError } from "../../core/error.ts";
import type { SocketState } from "../../net/abstract_socket.ts";
import { TcpSocket } from "../../net/tcp_socket.ts";
import { pattern } from "../_support/device_contract.ts";
import { closedPort, connected, record } from "../_support/sockets.ts";
import { listen, text } from "./_abstract_sockets.ts";

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
