import { assertEquals } from "@std/assert";
import { LocalServer } from "../../ipc/local_server.ts";
import { LocalSocket } from "../../ipc/local_socket.ts";

Deno.test("LocalServer keeps 30 connections that nobody has taken, as Qt", () => {
  assertEquals(new LocalServer().maxPendingConnections, 30);
});

Deno.test("LocalServer has no file for an abstract name, whatever the access", async () => {
  const name = `/tmp/quayside ${crypto.randomUUID()}`;
  const access = new Set(["user", "group", "other"] as const);
  await using server = await LocalServer.listen(name, { abstract: true, access });
  assertEquals([server.serverName, server.fullServerName], [name, name]);
  assertEquals(await Deno.stat(name).catch(() => null), null);
  await using socket = await LocalSocket.connect({ name, abstract: true });
  assertEquals(socket.state, "connected");
});

Deno.test("LocalServer.waitForNewConnection() is false when its time is over", async () => {
  const name = `quayside ${crypto.randomUUID()}`;
  await using server = await LocalServer.listen(name, { abstract: true });
  assertEquals(await server.waitForNewConnection(0), false);
  assertEquals([server.nextPendingConnection(), server.serverError], [null, null]);
});
