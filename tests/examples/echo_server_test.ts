import { TcpSocket } from "@quayside/quayside/net";
import { assertEquals, assertMatch } from "@std/assert";
import { example, Lines } from "./_run.ts";

Deno.test("echo_server sends back what it gets", async () => {
  await using server = new Lines(await example("echo_server"));
  const port = await server.port();
  const socket = await TcpSocket.connect({ hostname: "127.0.0.1", port });
  socket.write("again and again");
  assertEquals(new TextDecoder().decode(await socket.readExactly(15)), "again and again");
  assertMatch(await server.next(), /^127\.0\.0\.1:\d+ has come$/);
  await socket[Symbol.asyncDispose]();
  assertMatch(await server.next(), /^127\.0\.0\.1:\d+ has gone$/);
});
