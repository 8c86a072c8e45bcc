import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { LimitExceededError } from "../../core/error.ts";
import { NetworkAccessManager } from "../../http/network_access_manager.ts";
import { deviceContract, transportPeer } from "../_support/device_contract.ts";
import { answering, closing, ok, record, ScriptedServer } from "./_server.ts";

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
