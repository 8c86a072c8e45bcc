import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { InvalidStateError, SocketError } from "../../core/error.ts";
import { PermissionError, PermissionScope } from "../../core/permission.ts";
import { TcpServer } from "../../net/tcp_server.ts";
import { HostAddress } from "../../protocol/host_address.ts";
import { dial, LOOPBACK } from "./_tcp_servers.ts";

Deno.test("TcpServer.listen() says why it does not", async () => {
  await using server = await TcpServer.listen(LOOPBACK);
  const other = new TcpServer();
  assertEquals(other.listen({ ...LOOPBACK, port: server.serverPort }), false);
  assertEquals([other.serverError, other.isListening], ["addressInUse", false]);
  assertEquals(
    other.errorString,
    `Cannot listen on 127.0.0.1:${server.serverPort}: address in use`,
  );
  assertEquals(other.listen({ address: "192.0.2.1" }), false);
  assertEquals(other.serverError, "socketAddressNotAvailable");
  assertEquals(other.listen({ ...LOOPBACK, reusePort: true }), false);
  assertEquals(other.serverError, "unsupportedSocketOperation");
  assertThrows(() => other.listen({ port: 65_536 }), RangeError);
  assertThrows(() => server.listen(), InvalidStateError);
  await assertRejects(() => TcpServer.listen({ port: -1 }), RangeError);
  const reason = new Error("enough");
  const signal = AbortSignal.abort(reason);
  assertStrictEquals(await assertRejects(() => TcpServer.listen({ signal })), reason);
  const scope = new PermissionScope({ net: ["10.0.0.0/8"] });
  for (const reusePort of [false, true]) {
    const error = await assertRejects(
      () => TcpServer.listen({ address: "127.0.0.1", scope, reusePort }),
      SocketError,
    );
    assertEquals(error.code, "socketAccess");
    assertInstanceOf(error.cause, PermissionError);
    assertEquals(error.cause.flag, "--allow-net=127.0.0.1:0");
  }
  assert(other.listen(LOOPBACK));
  assertEquals([other.serverError, other.errorString], [null, ""]);
  other.close();
});

Deno.test("TcpServer on any address takes IPv4 and IPv6", async () => {
  await using server = await TcpServer.listen();
  for (const hostname of ["127.0.0.1", "::1"]) {
    using client = await dial(server, hostname);
    await server.waitForNewConnection();
    const socket = server.nextPendingConnection()!;
    assert(socket.peerAddress.equals(new HostAddress(hostname), "tolerant"), `${hostname}`);
    assertEquals(socket.peerPort, client.localAddr.port);
    socket.close();
  }
});

Deno.test("TcpServer.listen() with reusePort lets servers share a port", async () => {
  await using first = await TcpServer.listen({ ...LOOPBACK, reusePort: true });
  const port = first.serverPort;
  await using second = await TcpServer.listen({ ...LOOPBACK, port, reusePort: true });
  assertEquals([second.serverPort, `${second.serverAddress}`], [port, "127.0.0.1"]);
  const error = await assertRejects(() => TcpServer.listen({ ...LOOPBACK, port }), SocketError);
  assertEquals(error.code, "addressInUse");
  second.close();
  using client = await dial(first);
  await first.waitForNewConnection();
  await using socket = first.nextPendingConnection()!;
  assertEquals([socket.peerPort, socket.localPort], [client.localAddr.port, port]);
  await client.write(new TextEncoder().encode("hello"));
  assertEquals(new TextDecoder().decode(await socket.readExactly(5)), "hello");
  socket.write("bye");
  assertEquals(await client.read(new Uint8Array(9)), 3);
  const lost = await dial(first);
  await first.waitForNewConnection();
  first.pauseAccepting();
  const waiting = await dial(first);
  first.close();
  for (const client of [lost, waiting]) {
    assertEquals(await client.read(new Uint8Array(1)).catch(() => null), null);
    client.close();
  }
});

Deno.test("TcpServer.unref() lets a script end although the server listens", async () => {
  const module = import.meta.resolve("../../net/mod.ts");
  const script = `
    import { TcpServer } from ${JSON.stringify(module)};
    const server = new TcpServer();
    server.unref();
    server.listen({ address: "127.0.0.1" });
    (await TcpServer.listen({ address: "127.0.0.1" })).unref();
    console.log("over");`;
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-net=127.0.0.1", `data:text/typescript,${encodeURIComponent(script)}`],
    signal: AbortSignal.timeout(20_000),
  }).output();
  assert(success);
  assertEquals(new TextDecoder().decode(stdout), "over\n");
});
