import { assertEquals } from "@std/assert";
import { NetworkAccessManager } from "../../../http/network_access_manager.ts";
import { answering, ok, record, ScriptedServer } from "../_server.ts";

Deno.test("ConnectionPool notices that a server closed an idle connection", async () => {
  const closed = Promise.withResolvers<void>();
  await using server = new ScriptedServer(async (peer, index) => {
    await peer.request();
    await peer.send(ok("x"));
    if (index > 0) return void await peer.request();
    peer.close();
    closed.resolve();
  });
  await using manager = new NetworkAccessManager();
  await manager.get(server.url()).done;
  await closed.promise;
  await new Promise((resolve) => setTimeout(resolve, 0));
  const reply = manager.get(server.url());
  const seen = record(reply);
  assertEquals(await reply.text(), "x");
  assertEquals(seen.filter((each) => each === "requestSent").length, 1);
  assertEquals(server.connections, 2);
});

Deno.test("ConnectionPool drops an idle connection on which bytes come unasked", async () => {
  const sent = Promise.withResolvers<void>();
  await using server = new ScriptedServer(async (peer, index) => {
    await peer.request();
    await peer.send(ok("x") + (index === 0 ? "" : "HTTP/1.1 408 Late\r\n\r\n"));
    if (index === 0) {
      await peer.request();
      await peer.send(ok("y"));
      await new Promise((resolve) => setTimeout(resolve, 0));
      await peer.send("HTTP/1.1 200 Forged\r\nContent-Length: 0\r\n\r\n");
      sent.resolve();
    }
    await peer.request();
  });
  await using manager = new NetworkAccessManager();
  assertEquals(await manager.get(server.url()).text(), "x");
  assertEquals(await manager.get(server.url()).text(), "y");
  await sent.promise;
  await new Promise((resolve) => setTimeout(resolve, 0));
  // The second connection has them right behind the response, and is no better for it.
  assertEquals(await manager.get(server.url()).text(), "x");
  assertEquals(await manager.get(server.url()).text(), "x");
  assertEquals(server.connections, 3);
});

Deno.test("ConnectionPool asks once more when the server closes as the request travels", async () => {
  const requests: string[] = [];
  await using server = new ScriptedServer(async (peer, index) => {
    for (let i = 0, head; (head = await peer.request()) !== null; i++) {
      requests.push(`${index} ${head.split(" ")[0]}`);
      if (index < 2 && i === 1) return peer.close();
      await peer.send(ok().replace("0\r\n", "0\r\nX-Index: " + index + "\r\n"));
    }
  });
  await using manager = new NetworkAccessManager();
  await manager.get(server.url()).done;
  const reply = manager.get(server.url());
  await reply.done;
  assertEquals([reply.error, reply.headers.get("x-index")], [null, "1"]);
  const head = await manager.head(server.url()).done;
  assertEquals([head.error, head.headers.get("x-index")], [null, "2"]);
  assertEquals(requests, ["0 GET", "0 GET", "1 GET", "1 HEAD", "2 HEAD"]);
});

Deno.test("ConnectionPool trusts no other idle connection once one was stale", async () => {
  const both = Promise.withResolvers<void>();
  await using server = new ScriptedServer(async (peer, index) => {
    if (index === 1) both.resolve();
    await peer.request();
    if (index < 2) await both.promise;
    await peer.send(ok(`${index}`));
    await peer.request();
    if (index < 2) peer.close();
  });
  await using manager = new NetworkAccessManager();
  await Promise.all([manager.get(server.url()).done, manager.get(server.url()).done]);
  const reply = manager.get(server.url());
  const seen = record(reply);
  assertEquals(await reply.text(), "2");
  assertEquals(seen.filter((each) => each === "requestSent").length, 2);
});

Deno.test("ConnectionPool asks no second time on a new connection, nor after one byte", async () => {
  await using fresh = new ScriptedServer(async (peer) => {
    await peer.request();
    peer.close();
  });
  await using manager = new NetworkAccessManager();
  assertEquals((await manager.get(fresh.url()).done).error, "remoteHostClosed");
  assertEquals(fresh.connections, 1);
  await using begun = new ScriptedServer(async (peer) => {
    await peer.request();
    await peer.send(ok());
    await peer.request();
    await peer.send("H");
    peer.close();
  });
  await manager.get(begun.url()).done;
  assertEquals((await manager.get(begun.url()).done).error, "remoteHostClosed");
  assertEquals(begun.connections, 1);
});

Deno.test("ConnectionPool does not keep a connection that was to be closed", async () => {
  const answers = [
    ok("x", "Connection: close\r\n"),
    "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx",
    "HTTP/1.0 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\nx",
    ok("x"),
  ];
  let next = 0;
  await using server = answering(() => answers[next++]!);
  await using manager = new NetworkAccessManager();
  const used: number[] = [];
  for (const _ of answers) {
    await manager.get(server.url()).done;
    used.push(server.connections);
  }
  assertEquals(used, [1, 2, 3, 3]);
});
