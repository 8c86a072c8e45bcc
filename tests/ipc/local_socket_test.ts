import { assert, assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { InvalidStateError, SocketError } from "../../core/error.ts";
import { type PermissionError, PermissionScope } from "../../core/permission.ts";
import { LocalSocket } from "../../ipc/local_socket.ts";
import { deviceContract, transportPeer } from "../_support/device_contract.ts";
import { connected, crashed, folder, record } from "../_support/local.ts";

deviceContract("LocalSocket", async (options) => {
  const { socket: device, peer: connection } = await connected(options);
  const peer = transportPeer(connection);
  // What is unread when it closes makes a reset of the end.
  const fail = async () => {
    device.write("unread");
    await device.flush();
    await peer[Symbol.asyncDispose]();
  };
  return { device, peer: { ...peer, fail }, errors: device.errorOccurred };
});

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test("LocalSocket tells states and signals in Qt's order", async () => {
  await using sockets = await folder();
  const name = sockets.at("s");
  using listener = Deno.listen({ transport: "unix", path: name });
  await using socket = new LocalSocket();
  const told = record(socket);
  socket.connectToServer(name);
  assertEquals(told, ["[connecting]"]);
  assert(await socket.waitForConnected());
  assertEquals([socket.serverName, socket.fullServerName], [name, name]);
  const peer = await listener.accept();
  await peer.write(new TextEncoder().encode("bye"));
  await socket.readyRead.next();
  peer.close();
  assert(await socket.waitForDisconnected());
  assertEquals(told, [
    "[connecting]",
    "[connected]",
    "connected",
    "readyRead",
    "errorOccurred peerClosed",
    "[closing]",
    "[unconnected]",
    "readChannelFinished",
    "disconnected",
  ]);
  assertEquals(text(socket.readAll()), "bye");
  assertEquals([socket.error, socket.serverName, socket.fullServerName], ["peerClosed", "", ""]);
});

Deno.test("LocalSocket tells why it cannot connect, then that it is unconnected", async () => {
  await using sockets = await folder();
  await using socket = new LocalSocket();
  const told = record(socket);
  socket.connectToServer(sockets.at("nobody"));
  assertEquals(await socket.waitForConnected(), false);
  await socket[Symbol.asyncDispose]();
  assertEquals(told, ["[connecting]", "errorOccurred serverNotFound", "[unconnected]"]);
  assertEquals(
    socket.errorString,
    `Cannot connect to ${sockets.at("nobody")}: no such socket`,
  );
});

Deno.test("LocalSocket.connect() rejects with the socket's words", async (t) => {
  await using sockets = await folder();
  const codeOf = async (name: string) =>
    (await assertRejects(() => LocalSocket.connect({ name }), SocketError)).code;
  await Deno.writeTextFile(sockets.at("file"), "no socket");
  crashed(sockets.at("stale"));
  const cases: Record<string, [string, string]> = {
    "nothing there": [sockets.at("nobody"), "serverNotFound"],
    "no folder there": [sockets.at("file/s"), "serverNotFound"],
    "nobody listens any more": [sockets.at("stale"), "connectionRefused"],
    "a plain file": [sockets.at("file"), "connectionRefused"],
    "an empty name": ["", "serverNotFound"],
    "108 bytes of path": [`/tmp/${"é".repeat(51)}x`, "serverNotFound"],
  };
  for (const [what, [name, code]] of Object.entries(cases)) {
    await t.step(what, async () => assertEquals(await codeOf(name), code));
  }
});

Deno.test("LocalSocket.connect() says how long a name is and may be", async () => {
  const name = `/tmp/${"x".repeat(103)}`;
  const error = await assertRejects(() => LocalSocket.connect({ name }), SocketError);
  const so = "it has 108 bytes, at most 107 fit";
  assertEquals(error.message, `Cannot use the local name ${name}: ${so}`);
});

Deno.test("LocalSocket.connectToServer() refuses a NUL in a path at once", () => {
  const socket = new LocalSocket();
  assertThrows(() => socket.connectToServer("a\0b"), TypeError, '"a\\u0000b": it contains a NUL');
  assertEquals(socket.state, "unconnected");
});

Deno.test("LocalSocket finds plain names in the folder for temporary files", async () => {
  const name = `quayside ${crypto.randomUUID()}`;
  const path = `${Deno.env.get("TMPDIR") ?? "/tmp"}/${name}`;
  using listener = Deno.listen({ transport: "unix", path });
  await using socket = await LocalSocket.connect({ name });
  assertEquals([socket.serverName, socket.fullServerName], [name, path]);
  (await listener.accept()).close();
});

Deno.test("LocalSocket connects to abstract names, where trailing NULs matter", async () => {
  const name = `quayside ${crypto.randomUUID()}\0`;
  using listener = Deno.listen({ transport: "unix", path: `\0${name}` });
  await using socket = await LocalSocket.connect({ name, abstract: true });
  assertEquals([socket.serverName, socket.fullServerName], [name, name]);
  using _peer = await listener.accept();
  const error = await assertRejects(
    () => LocalSocket.connect({ name: name.slice(0, -1), abstract: true }),
    SocketError,
  );
  assertEquals(error.code, "connectionRefused");
});

Deno.test("LocalSocket speaks with node's sockets", async () => {
  const { createServer } = await import("node:net");
  await using sockets = await folder();
  const server = createServer((peer) => peer.pipe(peer)).listen(sockets.at("s"));
  await new Promise((resolve) => server.once("listening", resolve));
  await using socket = await LocalSocket.connect({ name: sockets.at("s") });
  const bytes = new Uint8Array(300_000).map((_, i) => i);
  socket.write(bytes);
  assertEquals(await socket.readExactly(bytes.length), bytes);
  const closed = new Promise((resolve) => server.close(resolve));
  await socket[Symbol.asyncDispose]();
  await closed;
});

Deno.test("LocalSocket sends what was written before the connection was there", async () => {
  await using sockets = await folder();
  using listener = Deno.listen({ transport: "unix", path: sockets.at("s") });
  await using socket = new LocalSocket();
  socket.connectToServer(sockets.at("s"));
  assertEquals(socket.write("early"), 5);
  socket.disconnectFromServer();
  using peer = await listener.accept();
  assertEquals(text(await new Response(peer.readable).bytes()), "early");
  assert(await socket.waitForDisconnected());
  assertEquals(socket.error, null);
});

Deno.test("LocalSocket can connect anew in a slot of disconnected", async () => {
  await using sockets = await folder();
  const name = sockets.at("s");
  using listener = Deno.listen({ transport: "unix", path: name });
  await using socket = await LocalSocket.connect({ name });
  socket.disconnected.connect(() => socket.connectToServer(name), { once: true });
  (await listener.accept()).close();
  await socket.connected.next();
  using peer = await listener.accept();
  await peer.write(new TextEncoder().encode("again"));
  assertEquals(text(await socket.readExactly(5)), "again");
});

Deno.test("LocalSocket reports a second connectToServer() and goes on", async () => {
  await using pair = await connected();
  const { peer, socket } = pair;
  const told = record(socket);
  socket.connectToServer("elsewhere");
  assertEquals(told, ["errorOccurred operation"]);
  assertEquals(socket.errorString, "Cannot connect to /tmp/elsewhere: the socket is connected");
  await peer.write(Uint8Array.of(7));
  assertEquals(await socket.readExactly(1), Uint8Array.of(7));
});

Deno.test("LocalSocket.abort() throws away what was not written", async () => {
  await using pair = await connected();
  const { peer, socket } = pair;
  socket.write(new Uint8Array(4_000_000), { transfer: true });
  socket.abort();
  assertEquals([socket.state, socket.bytesToWrite], ["unconnected", 0]);
  let size = 0;
  for await (const chunk of peer.readable) size += chunk.length;
  assert(size < 4_000_000);
});

Deno.test("LocalSocket waits for a place in a full queue until its time is over", async () => {
  await using sockets = await folder();
  const name = sockets.at("s");
  using listener = Deno.listen({ transport: "unix", path: name });
  const crowd: Deno.UnixConn[] = [];
  try {
    for (;;) crowd.push(await Deno.connect({ transport: "unix", path: name }));
  } catch (error) {
    assertInstanceOf(error, Deno.errors.WouldBlock);
  }
  await using late = new LocalSocket();
  late.connectToServer(name, { timeout: 20 });
  assertEquals(await late.waitForConnected(), false);
  assertEquals(late.error, "socketTimeout");
  const error = await assertRejects(() => LocalSocket.connect({ name, timeout: 20 }), DOMException);
  assertEquals(error.name, "TimeoutError");
  await using patient = new LocalSocket();
  patient.connectToServer(name);
  const came = patient.waitForConnected();
  (await listener.accept()).close();
  assert(await came);
  for (const connection of crowd) connection.close();
});

Deno.test("LocalSocket.connect() gives up with the reason of its signal", async () => {
  await using sockets = await folder();
  const name = sockets.at("s");
  using _listener = Deno.listen({ transport: "unix", path: name });
  const reason = new Error("enough");
  const signal = AbortSignal.abort(reason);
  assertEquals(await assertRejects(() => LocalSocket.connect({ name, signal })), reason);
});

Deno.test("LocalSocket asks its scope before it opens anything", async () => {
  await using sockets = await folder();
  const name = sockets.at("s");
  using listener = Deno.listen({ transport: "unix", path: name });
  for (
    const scope of [
      { read: [name], write: [name] },
      { net: [`unix:${name}`], write: [name] },
      { net: [`unix:${name}`], read: [name] },
    ]
  ) {
    const error = await assertRejects(
      () => LocalSocket.connect({ name, scope: new PermissionScope(scope) }),
      SocketError,
    );
    assertEquals(error.code, "socketAccess");
    assertEquals((error.cause as PermissionError).refusedBy, "scope");
  }
  const scope = new PermissionScope({ net: [`unix:${name}`], read: [name], write: [name] });
  await using _socket = await LocalSocket.connect({ name, scope });
  (await listener.accept()).close();
});

Deno.test("LocalSocket.peerCredentials names the option that was not given", async () => {
  await using pair = await connected();
  assertThrows(() => pair.socket.peerCredentials, InvalidStateError, "the option credentials");
  assertThrows(
    () => pair.socket.sendFileDescriptors([0]),
    InvalidStateError,
    "the option fileDescriptors",
  );
  assertThrows(
    () => pair.socket.receiveFileDescriptors(),
    InvalidStateError,
    "the option fileDescriptors",
  );
});

Deno.test("LocalSocket.from() takes a connection of Deno's", async () => {
  await using sockets = await folder();
  const path = sockets.at("s");
  using listener = Deno.listen({ transport: "unix", path });
  await using socket = LocalSocket.from(await Deno.connect({ transport: "unix", path }));
  assertEquals([socket.state, socket.serverName, socket.fullServerName], ["connected", "s", path]);
  await using other = LocalSocket.from(await listener.accept());
  socket.write("hello");
  assertEquals(text(await other.readExactly(5)), "hello");
});
