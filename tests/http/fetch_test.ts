import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { NetworkAccessManager } from "../../http/network_access_manager.ts";
import { NetworkReplyError } from "../../http/network_reply_error.ts";
import { answering, closing, ok, ScriptedServer } from "./_server.ts";

const MOVED = "HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 2\r\n\r\nhi";

/** What a response says of itself. */
async function told(response: Response): Promise<unknown[]> {
  const { status, statusText, ok, type, url, redirected, headers } = response;
  return [status, ok, type, url, redirected, headers.get("x-a"), await response.text()]
    // Deno's fetch does not tell the server's own words.
    .concat(statusText === "" ? [] : typeof statusText);
}

Deno.test("NetworkAccessManager.fetch() gives what fetch gives", async () => {
  const answers: Record<string, string> = {
    "/plain": ok("hello", "X-A: 1\r\nX-A: 2\r\n"),
    "/moved": MOVED.replace("/b", "/plain"),
    "/404": "HTTP/1.1 404 Not Found\r\nContent-Length: 1\r\n\r\nx",
    "/204": "HTTP/1.1 204 No Content\r\n\r\n",
    "/304": "HTTP/1.1 304 Not Modified\r\n\r\n",
    "/600": "HTTP/1.1 600 Hm\r\nContent-Length: 1\r\n\r\nx",
    "/999": "HTTP/1.1 999 Odd\r\nContent-Length: 1\r\n\r\nx",
    "/manual": MOVED,
  };
  await using server = answering((head) => answers[head.split(" ")[1]!]!);
  await using manager = new NetworkAccessManager();
  const client = Deno.createHttpClient({});
  for (const path of Object.keys(answers)) {
    const init = path === "/manual" ? { redirect: "manual" as const } : {};
    const ours = await manager.fetch(server.url(`${path}#f`), init);
    const theirs = await fetch(server.url(`${path}#f`), { ...init, client });
    assertEquals((await told(ours)).slice(0, 7), (await told(theirs)).slice(0, 7));
  }
  client.close();
});

Deno.test("NetworkAccessManager.fetch() has clones that tell the same", async () => {
  await using server = answering((head) => head.startsWith("GET / ") ? MOVED : ok("hello"));
  await using manager = new NetworkAccessManager();
  const response = await manager.fetch(new URL(server.url()));
  const clone = response.clone().clone();
  assertEquals([clone.url, clone.redirected, clone.type], [server.url("/b"), true, "basic"]);
  assertEquals([await response.text(), await clone.text()], ["hello", "hello"]);
});

Deno.test('NetworkAccessManager.fetch() rejects a redirect when told "error"', async () => {
  await using server = answering(() => MOVED);
  await using manager = new NetworkAccessManager();
  const fetching = () => manager.fetch(server.url(), { redirect: "error" });
  await assertRejects(fetching, TypeError, "the server redirects");
});

Deno.test("NetworkAccessManager.fetch() rejects with a TypeError and its cause", async () => {
  await using server = closing("nonsense\n");
  await using manager = new NetworkAccessManager();
  const error = await assertRejects(() => manager.fetch(server.url()), TypeError);
  assertInstanceOf(error.cause, NetworkReplyError);
  await assertRejects(() => manager.fetch("/relative"), TypeError);
  await assertRejects(() => manager.fetch(server.url(), { method: "POST" }), TypeError, "POST");
});

Deno.test("NetworkAccessManager.fetch() is aborted before, at the head and in the body", async () => {
  await using server = new ScriptedServer(async (peer) => {
    const head = await peer.request();
    if (head!.includes("/body")) await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx");
    await peer.request();
  });
  await using manager = new NetworkAccessManager();
  const reason = new Error("enough");
  const before = () => manager.fetch(server.url(), { signal: AbortSignal.abort(reason) });
  assertEquals(await assertRejects(before), reason);
  assertEquals(server.connections, 0);
  const controller = new AbortController();
  const head = manager.fetch(server.url("/head"), { signal: controller.signal });
  const request = new Request(server.url("/body"), { signal: controller.signal });
  const response = await manager.fetch(request);
  const reader = response.body!.getReader();
  assertEquals((await reader.read()).value!.length, 1);
  const rest = reader.read();
  controller.abort();
  for (const each of [head, rest]) {
    const error = await assertRejects(() => each, DOMException);
    assertEquals(error.name, "AbortError");
  }
});

Deno.test("NetworkAccessManager.fetch() keeps little of a body that nobody reads", async () => {
  const SIZE = 64 * 1024 * 1024;
  let sent = 0;
  await using server = new ScriptedServer(async (peer) => {
    await peer.request();
    await peer.send(`HTTP/1.1 200 OK\r\nContent-Length: ${SIZE}\r\n\r\n`);
    const piece = new Uint8Array(1024 * 1024);
    for (; sent < SIZE; sent += piece.length) await peer.send(piece);
  });
  await using manager = new NetworkAccessManager();
  const response = await manager.fetch(server.url());
  for (let before = -1, still = 0; still < 10; before = sent) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    still = sent === before ? still + 1 : 0;
  }
  assert(sent < SIZE / 2, `${sent} bytes were sent`);
  await response.body!.cancel();
});

Deno.test("NetworkAccessManager.fetch() sends HEAD and the headers of a Request", async () => {
  let head = "";
  await using server = answering((
    request,
  ) => (head = request, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"));
  await using manager = new NetworkAccessManager();
  const request = new Request(server.url(), { method: "HEAD", headers: { "X-A": "1" } });
  const response = await manager.fetch(request);
  assertEquals([await response.text(), response.headers.get("content-length")], ["", "9"]);
  assert(head.startsWith("HEAD / ") && head.includes("x-a: 1\r\n"), head);
});
