import { assert, assertEquals, assertRejects } from "@std/assert";
import { NetworkAccessManager } from "../../http/network_access_manager.ts";
import { NetworkReplyError } from "../../http/network_reply_error.ts";
import { NetworkRequest } from "../../http/network_request.ts";
import { answering, ok, record, ScriptedServer } from "./_server.ts";

Deno.test("NetworkReply times out when nothing moves, at the head and in the body", async () => {
  await using server = new ScriptedServer(async (peer) => {
    const head = await peer.request();
    if (head!.includes("/body")) await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx");
    await peer.request();
  });
  await using manager = new NetworkAccessManager({ transferTimeout: 20 });
  for (const path of ["/head", "/body"]) {
    const reply = manager.get(server.url(path));
    const seen = record(reply);
    await assertRejects(() => reply.bytes(), NetworkReplyError, "nothing came for 20 ms");
    await reply.done;
    assertEquals([reply.error, seen.at(-1)], ["timeout", "finished"]);
    assertEquals(reply.readAll().length, path === "/body" ? 1 : 0);
  }
});

Deno.test("NetworkReply does not time out while it moves, nor by an endless timeout", async () => {
  await using server = new ScriptedServer(async (peer) => {
    await peer.request();
    for (const byte of "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789") {
      await peer.send(byte);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    peer.close();
  });
  await using manager = new NetworkAccessManager();
  const slow = manager.get(new NetworkRequest(server.url(), { transferTimeout: 40 }));
  const endless = manager.get(new NetworkRequest(server.url(), { transferTimeout: Infinity }));
  assertEquals(await Promise.all([slow.text(), endless.text()]), ["0123456789", "0123456789"]);
});

Deno.test("NetworkReply does not time out while we ourselves do not read", async () => {
  const answer = ok("x".repeat(2_000_000));
  await using server = answering(() => answer);
  await using manager = new NetworkAccessManager({ transferTimeout: 50 });
  const later = () => new Promise((resolve) => setTimeout(resolve, 110));
  const limited = manager.get(server.url());
  limited.readBufferSize = 1000;
  await limited.readyRead.next();
  await later();
  assertEquals([limited.error, limited.bytesAvailable], [null, 1000]);
  limited.readBufferSize = 0;
  assertEquals((await limited.bytes()).length, 2_000_000);
  const iterated = manager.get(server.url());
  let size = 0;
  for await (const chunk of iterated) {
    if (size === 0) await later();
    size += chunk.length;
  }
  assertEquals(size, 2_000_000);
});

Deno.test("NetworkReply makes the server wait for a stream that is read slowly", async () => {
  const SIZE = 64 * 1024 * 1024;
  let sent = 0;
  await using server = new ScriptedServer(async (peer) => {
    await peer.request();
    await peer.send(`HTTP/1.1 200 OK\r\nContent-Length: ${SIZE}\r\n\r\n`);
    const piece = new Uint8Array(1024 * 1024);
    while (sent < SIZE) {
      await peer.send(piece);
      sent += piece.length;
    }
  });
  await using manager = new NetworkAccessManager();
  for (const face of ["iterator", "response"]) {
    sent = 0;
    const reply = manager.get(server.url());
    const chunks = face === "iterator" ? reply : (await reply.response()).body!;
    const reader = chunks[Symbol.asyncIterator]();
    await reader.next();
    // The server gets on until all that is between us is full.
    for (let before = -1, still = 0; still < 10; before = sent) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      still = sent === before ? still + 1 : 0;
    }
    assert(sent < SIZE / 2, `${sent} bytes were sent`);
    assert(reply.bytesAvailable <= 1024 * 1024);
    reply.abort();
    await reply.done;
  }
});
