import { assertEquals, assertRejects } from "@std/assert";
import { NetworkAccessManager } from "../../http/network_access_manager.ts";
import { NetworkReplyError } from "../../http/network_reply_error.ts";
import { answering, ok, record, ScriptedServer, SIGNALS } from "./_server.ts";

Deno.test("NetworkReply can be aborted in every slot and finishes once", async () => {
  const moved = "HTTP/1.1 302 Found\r\nLocation: /end\r\nContent-Length: 0\r\n\r\n";
  await using server = answering((head) => head.startsWith("GET / ") ? moved : ok("hello"));
  for (const name of SIGNALS) {
    await using manager = new NetworkAccessManager();
    for (const end of ["abort", "close"] as const) {
      const reply = manager.get(server.url());
      const seen = record(reply, (signal) => signal === name && reply[end]());
      await reply.done;
      const finished = seen.filter((signal) => signal === "finished");
      assertEquals(finished.length, 1, `${end} in ${name}: ${seen}`);
      assertEquals(seen.at(-1), "finished", `${end} in ${name}: ${seen}`);
      if (SIGNALS.indexOf(name) >= SIGNALS.indexOf("readChannelFinished")) {
        assertEquals(reply.error, null);
      } else if (seen.includes(name) && name !== "downloadProgress") {
        assertEquals(reply.error, "operationCanceled", `${end} in ${name}`);
        assertEquals(seen.slice(-3), ["errorOccurred", "readChannelFinished", "finished"]);
      }
    }
  }
});

Deno.test("NetworkReply closes the connection when it is aborted at the head", async () => {
  const closed = Promise.withResolvers<void>();
  await using server = new ScriptedServer(async (peer) => {
    await peer.request();
    await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    if (await peer.request() === null) closed.resolve();
  });
  await using manager = new NetworkAccessManager();
  const reply = manager.get(server.url());
  reply.metaDataChanged.connect(() => reply.abort());
  await reply.done;
  assertEquals([reply.httpStatus, reply.bytesAvailable], [200, 0]);
  await closed.promise;
});

Deno.test("NetworkReply cancels a response that comes after its abort", async () => {
  await using server = answering(() => ok("hello"));
  const cancelled = Promise.withResolvers<void>();
  await using manager = new NetworkAccessManager({
    layers: [(next) => async (request) => {
      const response = await next(request);
      reply.abort();
      return { ...response, body: { ...response.body, cancel: () => cancelled.resolve() } };
    }],
  });
  const reply = manager.get(server.url());
  const seen = record(reply);
  await reply.done;
  await cancelled.promise;
  assertEquals(seen.includes("metaDataChanged"), false);
});

Deno.test("NetworkReply.abort() before the start is told later, and nothing is sent", async () => {
  await using server = answering(() => ok());
  await using manager = new NetworkAccessManager();
  const reply = manager.get(server.url());
  const seen = record(reply);
  reply.abort();
  assertEquals([seen, reply.isFinished, reply.error], [[], false, "operationCanceled"]);
  await assertRejects(() => reply.bytes(), NetworkReplyError, "it was aborted");
  await reply.done;
  assertEquals(seen, ["errorOccurred", "readChannelFinished", "finished"]);
  assertEquals(server.connections, 0);
});

Deno.test("NetworkReply.abort() after the end does nothing", async () => {
  await using server = answering(() => ok("x"));
  await using manager = new NetworkAccessManager();
  const reply = manager.get(server.url());
  await reply.done;
  reply.abort();
  reply.close();
  assertEquals([reply.error, await reply.text()], [null, "x"]);
});

Deno.test("NetworkReply.close() rejects whoever reads to the end, and keeps what came", async () => {
  await using server = new ScriptedServer(async (peer) => {
    await peer.request();
    await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    await peer.request();
  });
  await using manager = new NetworkAccessManager();
  const reply = manager.get(server.url());
  let closings = 0;
  reply.aboutToClose.connect(() => (closings++, reply.close()));
  await reply.readyRead.next();
  const body = reply.bytes();
  reply.close();
  await assertRejects(() => body, NetworkReplyError, "it was closed");
  assertEquals([closings, new TextDecoder().decode(reply.readAll())], [1, "half"]);
  await reply.done;
  assertEquals(reply.error, "operationCanceled");
});

Deno.test("NetworkReply ends by cancelling its stream", async () => {
  const closed = Promise.withResolvers<void>();
  await using server = new ScriptedServer(async (peer) => {
    await peer.request();
    await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    if (await peer.request() === null) closed.resolve();
  });
  await using manager = new NetworkAccessManager();
  const reply = manager.get(server.url());
  await reply.readyRead.next();
  await reply.readable.cancel();
  await reply.done;
  assertEquals([reply.error, reply.bytesAvailable], ["operationCanceled", 0]);
  await closed.promise;
});

Deno.test("NetworkReply is aborted by a signal, whose reason readers get", async () => {
  await using server = new ScriptedServer(async (peer) => {
    await peer.request();
    await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    await peer.request();
  });
  await using manager = new NetworkAccessManager();
  for (const reason of [new Error("enough"), "a word", null]) {
    const controller = new AbortController();
    const reply = manager.get(server.url(), { signal: controller.signal });
    await reply.readyRead.next();
    const body = reply.bytes().catch((error) => error);
    controller.abort(reason);
    const failure = await body;
    if (reason === null) assertEquals(failure.code, "operationCanceled");
    else assertEquals(failure, reason);
    await reply.done;
    assertEquals(reply.error, "operationCanceled");
  }
  const reply = manager.get(server.url(), { signal: AbortSignal.abort() });
  assertEquals(reply.isFinished, false);
  assertEquals((await reply.done).error, "operationCanceled");
  assertEquals(server.connections, 3);
});
