import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import net from "node:net";
import { SocketError } from "../../core/error.ts";
import { PermissionScope } from "../../core/permission.ts";
import { TcpSocket } from "../../net/tcp_socket.ts";
import { assertSame, deviceContract, pattern, transportPeer } from "../_support/device_contract.ts";
import { memoryPair } from "../_support/memory_transport.ts";
import { closedPort, connected, record } from "../_support/sockets.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

for (const resettable of [false, true]) {
  const engine = resettable ? "node:net" : "Deno.connect";
  deviceContract(`TcpSocket over ${engine}`, async (options) => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const [device, connection] = await Promise.all([
      TcpSocket.connect({
        hostname: "127.0.0.1",
        port: listener.addr.port,
        resettable,
        ...options,
      }),
      listener.accept(),
    ]);
    return { device, peer: transportPeer(connection), errors: device.errorOccurred };
  }, { pathSize: 16 * 1024 * 1024 });
}

deviceContract("TcpSocket.from() a memory transport", (options) => {
  const [ours, theirs] = memoryPair();
  const device = TcpSocket.from(ours, options);
  return { device, peer: transportPeer(theirs), errors: device.errorOccurred };
}, { pathSize: 64 * 1024 });

Deno.test("TcpSocket.connect() gives a connected socket, by address and by name", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  for (const hostname of ["127.0.0.1", "localhost"]) {
    const socket = await TcpSocket.connect({ hostname, port: listener.addr.port });
    using _peer = await listener.accept();
    assertEquals([socket.state, socket.peerName], ["connected", hostname]);
    assertEquals(socket.readBufferSize, 1024 * 1024);
    socket.abort();
  }
});

Deno.test("TcpSocket.connect() rejects with the error of the attempt", async () => {
  const port = closedPort();
  const refused = await assertRejects(
    () => TcpSocket.connect({ hostname: "127.0.0.1", port }),
    SocketError,
  );
  assertEquals(refused.code, "connectionRefused");
  const scope = new PermissionScope({ net: ["example.com"] });
  const denied = await assertRejects(
    () => TcpSocket.connect({ hostname: "127.0.0.1", port, scope }),
    SocketError,
  );
  assertEquals(denied.code, "socketAccess");
  await assertRejects(() => TcpSocket.connect({ hostname: "127.0.0.1", port: 70_000 }), RangeError);
});

Deno.test("TcpSocket.connect() rejects with the signal's reason, before and while it connects", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const target = { hostname: "127.0.0.1", port: listener.addr.port };
  const reason = new Error("enough");
  const controller = new AbortController();
  const connecting = TcpSocket.connect({ ...target, signal: controller.signal });
  controller.abort(reason);
  assertStrictEquals(await assertRejects(() => connecting), reason);
  const late = TcpSocket.connect({ ...target, signal: controller.signal });
  assertStrictEquals(await assertRejects(() => late), reason);
});

Deno.test("TcpSocket.connect() rejects with a TimeoutError", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0, tcpBacklog: 1 });
  const { port } = listener.addr;
  const fillers = await Promise.all([1, 2].map(() => Deno.connect({ port })));
  const error = await assertRejects(
    () => TcpSocket.connect({ hostname: "127.0.0.1", port, timeout: 5 }),
    DOMException,
  );
  assertEquals(error.name, "TimeoutError");
  for (const filler of fillers) filler.close();
});

Deno.test("TcpSocket connects from the local address and port that it was given", async () => {
  const localPort = closedPort();
  await using pair = await connected({ localAddress: "127.0.0.1", localPort });
  assertEquals([pair.socket.localPort, pair.peer.remoteAddr.port], [localPort, localPort]);
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const taken = listener.addr.port;
  const error = await assertRejects(
    () =>
      TcpSocket.connect({
        hostname: "127.0.0.1",
        port: closedPort(),
        localAddress: "127.0.0.1",
        localPort: taken,
      }),
    SocketError,
  );
  assertEquals(error.code, "addressInUse");
});

Deno.test("TcpSocket.abort() resets the connection only where it was made resettable", async () => {
  for (const resettable of [false, true]) {
    await using pair = await connected({ resettable });
    const read = pair.peer.read(new Uint8Array(1));
    pair.socket.abort();
    if (resettable) await assertRejects(() => read, Deno.errors.ConnectionReset);
    else assertEquals(await read, null);
  }
});

Deno.test("TcpSocket tells a reset as remoteHostClosed, and loops throw it", async () => {
  for (const resettable of [false, true]) {
    const server = net.createServer((peer) => {
      peer.write("x", () => peer.once("data", () => peer.resetAndDestroy()));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as net.AddressInfo;
    const socket = await TcpSocket.connect({ hostname: "127.0.0.1", port, resettable });
    const told = record(socket);
    const seen: string[] = [];
    const error = await assertRejects(async () => {
      for await (const chunk of socket) {
        seen.push(text(chunk));
        socket.write("now reset");
      }
    }, SocketError);
    assertEquals([error.code, seen], ["remoteHostClosed", ["x"]]);
    await socket.waitForDisconnected();
    const ends = told.filter((what) => !/readyRead|bytesWritten/.test(what));
    assertEquals(ends, [
      "errorOccurred remoteHostClosed",
      "[unconnected]",
      "readChannelFinished",
      "disconnected",
    ]);
    await new Promise((resolve) => server.close(resolve));
  }
});

Deno.test("TcpSocket talks with node:net, both ways at once", async () => {
  const server = net.createServer((peer) => peer.pipe(peer));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as net.AddressInfo;
  const socket = await TcpSocket.connect({ hostname: "127.0.0.1", port });
  const bytes = pattern(2_000_000);
  socket.write(bytes);
  assertSame(await socket.readExactly(bytes.length), bytes);
  socket.disconnectFromHost();
  await socket.waitForDisconnected();
  await new Promise((resolve) => server.close(resolve));
});

Deno.test("TcpSocket reads what had arrived before its write failed", async () => {
  const [ours, theirs] = memoryPair();
  const socket = TcpSocket.from(ours);
  const told = record(socket);
  await theirs.write(new TextEncoder().encode("why"));
  ours.failWriting(new Deno.errors.BrokenPipe());
  socket.write("x");
  await socket.errorOccurred.next();
  assertEquals([socket.state, socket.error], ["closing", "remoteHostClosed"]);
  theirs.close();
  await socket.waitForDisconnected();
  assertEquals(text(socket.readAll()), "why");
  assertEquals(told.filter((what) => what !== "readyRead"), [
    "errorOccurred remoteHostClosed",
    "[closing]",
    "[unconnected]",
    "readChannelFinished",
    "disconnected",
  ]);
});

Deno.test("TcpSocket.from() takes any connection, and knows its ends where it tells them", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const [client, accepted] = await Promise.all([
    Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port }),
    listener.accept(),
  ]);
  const socket = TcpSocket.from(accepted);
  assertEquals([socket.state, socket.localPort], ["connected", listener.addr.port]);
  assertEquals(`${socket.peerAddress}:${socket.peerPort}`, `127.0.0.1:${client.localAddr.port}`);
  socket.setSocketOption("lowDelay", true);
  socket.setSocketOption("keepAlive", true);
  assertEquals(socket.error, null);
  socket.setSocketOption("keepAliveIdle", 10);
  assertEquals(socket.error, "unsupportedSocketOperation");
  socket.abort();
  client.close();

  const [ours] = memoryPair();
  const piped = TcpSocket.from(ours);
  assert(piped.peerAddress.isNull);
  piped.setSocketOption("lowDelay", true);
  assertEquals(piped.error, "unsupportedSocketOperation");
  piped.abort();
});

Deno.test("TcpSocket refuses a buffer size that is none", () => {
  assertThrows(() => new TcpSocket({ readBufferSize: -1 }), RangeError);
});
