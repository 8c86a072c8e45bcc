import { assert, assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { SocketError } from "../../core/error.ts";
import { PermissionError, PermissionScope } from "../../core/permission.ts";
import { TcpSocket } from "../../net/tcp_socket.ts";
import { HostAddress } from "../../protocol/host_address.ts";
import { closedPort, connected, record } from "../_support/sockets.ts";
import { listen } from "./_abstract_sockets.ts";

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
