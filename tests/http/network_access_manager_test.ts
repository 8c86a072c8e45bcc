import { assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { createServer } from "node:http";
import { InvalidStateError } from "../../core/error.ts";
import { SocketError } from "../../core/error.ts";
import { PermissionError, PermissionScope } from "../../core/permission.ts";
import { NetworkAccessManager } from "../../http/network_access_manager.ts";
import { NetworkReplyError } from "../../http/network_reply_error.ts";
import { NetworkRequest } from "../../http/network_request.ts";
import { answering, ok, record, ScriptedServer } from "./_server.ts";

Deno.test("NetworkAccessManager.get() gives what fetch gives, from hyper and node", async () => {
  const bodies = [
    new Uint8Array(0),
    new Uint8Array(1_000_001).fill(7),
    new TextEncoder().encode("é"),
  ];
  const streamed = (body: Uint8Array<ArrayBuffer>) => new Blob([body]).stream();
  await using hyper = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    ({ url }) => {
      const { pathname, searchParams } = new URL(url);
      const body = bodies[Number(searchParams.get("body"))]!;
      const headers = { "X-Path": pathname, "Content-Type": "text/plain" };
      return new Response(pathname === "/chunked" ? streamed(body) : body, { headers });
    },
  );
  const node = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, "http://a");
    const body = bodies[Number(searchParams.get("body"))]!;
    response.setHeader("X-Path", pathname);
    if (pathname === "/length") response.setHeader("Content-Length", body.length);
    if (pathname === "/close") response.setHeader("Connection", "close");
    response.write(body.subarray(0, 10));
    response.end(body.subarray(10));
  });
  await new Promise<void>((resolve) => node.listen(0, "127.0.0.1", resolve));
  const ports = [hyper.addr.port, (node.address() as { port: number }).port];
  await using manager = new NetworkAccessManager();
  for (const port of ports) {
    for (const path of ["/length", "/chunked", "/close"]) {
      for (const body of bodies.keys()) {
        const url = `http://127.0.0.1:${port}${path}?body=${body}`;
        const [reply, response] = [manager.get(url), await fetch(url)];
        assertEquals(await reply.bytes(), await response.bytes());
        assertEquals(reply.httpStatus, response.status);
        const both = [reply.headers.toHeaders(), new Headers(response.headers)];
        for (const headers of both) headers.delete("date");
        assertEquals([...both[0]!], [...both[1]!]);
      }
    }
  }
  await manager[Symbol.asyncDispose]();
  node.closeAllConnections();
  await new Promise((resolve) => node.close(resolve));
});

Deno.test("NetworkAccessManager sends a plain request, the user's fields in order and case", async () => {
  const heads: string[] = [];
  await using server = answering((head) => (heads.push(head), ok()));
  await using manager = new NetworkAccessManager();
  await manager.get(server.url("/a%20b?c=d#e")).done;
  const headers = { "x-B": "1", "Content-Length": "5", "User-Agent": "me", "Host": "other" };
  await manager.head(new NetworkRequest(server.url(), { headers })).done;
  assertEquals(heads, [
    `GET /a%20b?c=d HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n` +
    "User-Agent: Quayside/0.1\r\nAccept: */*\r\n\r\n",
    "HEAD / HTTP/1.1\r\nx-B: 1\r\nUser-Agent: me\r\nHost: other\r\nAccept: */*\r\n\r\n",
  ]);
  assertEquals(server.connections, 1);
});

Deno.test("NetworkAccessManager.finished follows the reply's own", async () => {
  await using server = answering(() => ok());
  await using manager = new NetworkAccessManager();
  const seen: unknown[] = [];
  manager.finished.connect((reply) => seen.push(reply));
  const replies = [manager.get(server.url()), manager.get("ftp://a/"), manager.get(server.url())];
  replies[2]!.abort();
  for (const reply of replies) reply.finished.connect(() => seen.push("finished"));
  await Promise.all(replies.map((reply) => reply.done));
  assertEquals(seen, ["finished", replies[2], "finished", replies[1], "finished", replies[0]]);
});

Deno.test("NetworkAccessManager.close() aborts all, busy and queued, and is final", async () => {
  await using server = new ScriptedServer(async (peer) => {
    await peer.request();
    await peer.request();
  });
  const manager = new NetworkAccessManager({ connectionsPerHost: 2 });
  const replies = [1, 2, 3, 4].map(() => manager.get(server.url()));
  const ended = Array.fromAsync(manager.finished);
  await replies[1]!.requestSent.next();
  manager.close();
  manager.close();
  await manager[Symbol.asyncDispose]();
  assertEquals(replies.map((reply) => [reply.error, reply.isFinished]), [
    ["operationCanceled", true],
    ["operationCanceled", true],
    ["operationCanceled", true],
    ["operationCanceled", true],
  ]);
  assertEquals((await ended).length, 4);
  assertThrows(() => manager.get(server.url()), InvalidStateError);
  await assertRejects(() => manager.fetch(server.url()), InvalidStateError);
});

Deno.test("NetworkAccessManager can be closed in any slot", async () => {
  await using server = answering(() => ok("x"));
  for (const name of ["socketStartedConnecting", "requestSent", "metaDataChanged", "finished"]) {
    const manager = new NetworkAccessManager();
    const replies = [manager.get(server.url()), manager.get(server.url())];
    const seen = replies.map((reply) => record(reply, (each) => each === name && manager.close()));
    await Promise.all(replies.map((reply) => reply.done));
    await manager[Symbol.asyncDispose]();
    for (const each of seen) assertEquals(each.filter((s) => s === "finished").length, 1);
  }
});

Deno.test("NetworkAccessManager refuses wrong arguments at once", async () => {
  await using manager = new NetworkAccessManager();
  assertThrows(() => manager.get("/relative"), TypeError, 'Cannot request "/relative"');
  assertThrows(() => new NetworkAccessManager({ connectionsPerHost: 0 }), RangeError);
  assertThrows(() => new NetworkAccessManager({ connectionsPerHost: 1.5 }), RangeError);
  assertThrows(() => new NetworkAccessManager({ transferTimeout: -1 }), RangeError);
  assertThrows(() => new NetworkAccessManager({ maxRedirects: NaN }), RangeError);
  const redirectPolicy = "follow" as "manual";
  assertThrows(() => new NetworkAccessManager({ redirectPolicy }), TypeError, '"follow"');
});

Deno.test("NetworkAccessManager knows http alone, and hides passwords in messages", async () => {
  await using manager = new NetworkAccessManager();
  for (const url of ["https://u:secret@a/", "data:,x", "file:///etc/passwd", "ftp://a/"]) {
    const reply = manager.get(url);
    const seen = record(reply);
    await reply.done;
    assertEquals(reply.error, "protocolUnknown");
    assertEquals(seen, ["errorOccurred", "readChannelFinished", "finished"]);
    assertEquals(reply.errorString.includes("secret"), false);
  }
});

Deno.test("NetworkAccessManager says what kept it from connecting", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  await using manager = new NetworkAccessManager();
  const refused = manager.get(`http://127.0.0.1:${port}/`);
  assertInstanceOf(
    (await assertRejects(() => refused.bytes(), NetworkReplyError)).cause,
    SocketError,
  );
  assertEquals(refused.error, "connectionRefused");
  assertEquals((await manager.get("http://nowhere.invalid/").done).error, "hostNotFound");
  const scope = new PermissionScope({ net: ["127.0.0.1:1"] });
  await using scoped = new NetworkAccessManager({ scope });
  const error = await assertRejects(
    () => scoped.get(`http://127.0.0.1:${port}/`).bytes(),
    NetworkReplyError,
  );
  assertEquals((error.cause as SocketError).code, "socketAccess");
  assertInstanceOf((error.cause as SocketError).cause, PermissionError);
});

Deno.test("NetworkAccessManager without permission names the exact flag", async () => {
  const program = `
    import { NetworkAccessManager } from ${
    JSON.stringify(import.meta.resolve("../../http/mod.ts"))
  };
    const manager = new NetworkAccessManager();
    const error = await manager.get("http://127.0.0.1:8123/").bytes().catch((error) => error);
    console.log(error.name, error.cause.code, error.cause.cause.name, error.cause.cause.flag);
  `;
  assertEquals(
    await run(program, []),
    "NetworkReplyError socketAccess PermissionError " +
      "--allow-net=127.0.0.1:8123\n",
  );
});

Deno.test("NetworkAccessManager keeps no process alive by idle connections and unread bodies", async () => {
  await using server = new ScriptedServer(async (peer) => {
    while (await peer.request() !== null) {
      // Late, so that the program would be over by now if nothing kept it alive.
      await new Promise((resolve) => setTimeout(resolve, 30));
      await peer.send(ok("x".repeat(3_000_000)));
    }
  });
  // Awaited at the top level, a promise would keep the process alive by itself.
  const program = (work: string) => `
    import { NetworkAccessManager } from ${
    JSON.stringify(import.meta.resolve("../../http/mod.ts"))
  };
    const manager = new NetworkAccessManager();
    (async () => {
      console.log((await manager.get("${server.url()}").bytes()).length);
      console.log(${work});
    })();
  `;
  const flags = [`--allow-net=127.0.0.1:${server.port}`];
  const outputs = await Promise.all([
    run(program(`(await manager.get("${server.url()}").bytes()).length`), flags),
    run(program(`(await manager.fetch("${server.url()}")).status`), flags),
  ]);
  assertEquals(outputs, ["3000000\n3000000\n", "3000000\n200\n"]);
});

async function run(program: string, flags: string[]): Promise<string> {
  const config = new URL("../../deno.json", import.meta.url).pathname;
  const args = ["run", "--no-prompt", "--no-lock", `--config=${config}`, ...flags];
  const url = `data:application/typescript,${encodeURIComponent(program)}`;
  const command = new Deno.Command(Deno.execPath(), { args: [...args, url] });
  const { stdout, stderr } = await command.output();
  assertEquals(new TextDecoder().decode(stderr), "");
  return new TextDecoder().decode(stdout);
}
