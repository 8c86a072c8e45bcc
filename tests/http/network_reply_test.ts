import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { LimitExceededError } from "../../core/error.ts";
import { NetworkAccessManager } from "../../http/network_access_manager.ts";
import { NetworkReplyError } from "../../http/network_reply_error.ts";
import { NetworkRequest } from "../../http/network_request.ts";
import { deviceContract, transportPeer } from "../_support/device_contract.ts";
import { answering, closing, ok, record, ScriptedServer, SIGNALS } from "./_server.ts";

deviceContract("NetworkReply", async (options) => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const manager = new NetworkAccessManager();
  const reply = manager.get(`http://127.0.0.1:${listener.addr.port}/`);
  const conn = await listener.accept();
  listener.close();
  if (options.readBufferSize) reply.readBufferSize = options.readBufferSize;
  await conn.read(new Uint8Array(4096));
  await conn.write(new TextEncoder().encode("HTTP/1.0 200 OK\r\n\r\n"));
  await reply.metaDataChanged.next();
  const { receive: _, receiveEnd: __, fail: ___, ...peer } = transportPeer(conn);
  return {
    device: reply,
    peer: {
      ...peer,
      end: () => Promise.resolve(conn.close()),
      async [Symbol.asyncDispose]() {
        try {
          conn.close();
        } catch {
          // It has ended.
        }
        await manager[Symbol.asyncDispose]();
      },
    },
    errors: reply.errorOccurred,
  };
}, { writable: false, pathSize: 16 * 1024 * 1024 });

Deno.test("NetworkReply tells of its life in Qt's order", async () => {
  await using server = answering(() => ok("hello"));
  await using manager = new NetworkAccessManager();
  const reply = manager.get(server.url());
  const seen = record(reply);
  assertEquals([reply.httpStatus, reply.isRunning, reply.error], [0, true, null]);
  assertEquals(await reply.text(), "hello");
  assertEquals(seen, [
    "socketStartedConnecting",
    "requestSent",
    "metaDataChanged",
    "readyRead",
    "downloadProgress",
    "readChannelFinished",
    "finished",
  ]);
  assertEquals([reply.isFinished, reply.isOpen, reply.errorString], [true, false, ""]);
  assertStrictEquals(await reply.done, reply);
});

Deno.test("NetworkReply of a failing status is an error and delivers its body", async () => {
  await using server = answering(() => "HTTP/1.1 404 No\r\nContent-Length: 4\r\n\r\ngone");
  await using manager = new NetworkAccessManager();
  const reply = manager.get(server.url());
  const seen = record(reply);
  assertEquals(await reply.text(), "gone");
  assertEquals(seen.slice(-3), ["errorOccurred", "readChannelFinished", "finished"]);
  assertEquals([reply.error, reply.httpStatus, reply.reasonPhrase], ["contentNotFound", 404, "No"]);
});

Deno.test("NetworkReply has no body after HEAD, 204, 304 and length 0", async () => {
  await using server = answering((head) => {
    const status = head.split(" ")[1]!.slice(1);
    return `HTTP/1.1 ${status} X\r\n${status === "204" ? "" : "Content-Length: 0\r\n"}\r\n`;
  });
  await using manager = new NetworkAccessManager();
  for (const status of [200, 204, 304]) {
    const reply = manager.get(server.url(`/${status}`));
    const seen = record(reply);
    assertEquals((await reply.bytes()).length, 0);
    assertEquals(seen.slice(-3), ["metaDataChanged", "readChannelFinished", "finished"]);
  }
  await using heads = answering(() => "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n");
  for (let i = 0; i < 2; i++) {
    const reply = manager.head(heads.url());
    assertEquals(await reply.text(), "");
    assertEquals([reply.operation, reply.headers.get("content-length")], ["HEAD", "7"]);
  }
  assertEquals([server.connections, heads.connections], [1, 1]);
});

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
      } else if (seen.includes(name)) {
        assertEquals(reply.error, "operationCanceled", `${end} in ${name}`);
        assertEquals(seen.slice(-3), ["errorOccurred", "readChannelFinished", "finished"]);
      }
    }
  }
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

Deno.test("NetworkReply reports progress with the length, and -1 without", async () => {
  const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
  await using server = answering((head) => head.includes("/length") ? ok("hello") : chunked);
  await using manager = new NetworkAccessManager();
  const seen: number[][] = [];
  for (const path of ["/length", "/chunked"]) {
    const reply = manager.get(server.url(path));
    reply.downloadProgress.connect((...counts) => seen.push(counts));
    await reply.done;
  }
  assertEquals(seen, [[5, 5], [3, -1]]);
});

Deno.test("NetworkReply.bytes({ maxSize }) refuses more and gives the transfer up", async () => {
  await using server = new ScriptedServer(async (peer) => {
    await peer.request();
    await peer.send("HTTP/1.1 200 OK\r\n\r\n");
    for (;;) await peer.send(new Uint8Array(65536));
  });
  await using manager = new NetworkAccessManager();
  const reply = manager.get(server.url());
  assertThrows(() => reply.bytes({ maxSize: -1 }), RangeError);
  const error = await assertRejects(() => reply.bytes({ maxSize: 1000 }), LimitExceededError);
  assertEquals(error.limit, "maxSize");
  await reply.done;
  assertEquals(reply.error, "operationCanceled");
  assert(reply.readAll().length > 1000);
  await using small = answering(() => ok("12345"));
  assertEquals(await manager.get(small.url()).text({ maxSize: 5 }), "12345");
  await assertRejects(() => manager.get(small.url()).json({ maxSize: 4 }), LimitExceededError);
});

Deno.test("NetworkReply.text() obeys the charset, json() parses", async () => {
  const bodies: Record<string, [type: string, body: number[]]> = {
    "é": ["text/plain; charset=ISO-8859-1", [0xe9]],
    "ü": ['text/plain; Charset="utf-8"', [0xef, 0xbb, 0xbf, 0xc3, 0xbc]],
    "ö": ["text/plain; charset=nobody-knows", [0xc3, 0xb6]],
    "я": ["text/plain;charset=windows-1251", [0xff]],
  };
  for (const [text, [type, body]] of Object.entries(bodies)) {
    const head = `HTTP/1.0 200 OK\r\nContent-Type: ${type}\r\n\r\n`;
    await using server = closing(Uint8Array.of(...new TextEncoder().encode(head), ...body));
    await using manager = new NetworkAccessManager();
    assertEquals(await manager.get(server.url()).text(), text);
  }
  await using server = answering((head) => ok(head.includes("/good") ? '{"a":[1]}' : "{"));
  await using manager = new NetworkAccessManager();
  assertEquals(await manager.get(server.url("/good")).json(), { a: [1] });
  await assertRejects(() => manager.get(server.url("/bad")).json(), SyntaxError);
});

Deno.test("NetworkReply leaves gzip as it is and does not ask for it", async () => {
  let asked = "";
  await using server = answering((head) => {
    asked = head;
    return ok("\x1f\x02", "Content-Encoding: gzip\r\n");
  });
  await using manager = new NetworkAccessManager();
  const reply = manager.get(server.url());
  assertEquals(await reply.bytes(), Uint8Array.of(0x1f, 2));
  assertEquals(reply.headers.get("content-encoding"), "gzip");
  assertEquals(/accept-encoding/i.test(asked), false);
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
