import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { LimitExceededError, RemoteProtocolError } from "../../core/error.ts";
import { NetworkAccessManager } from "../../http/network_access_manager.ts";
import { type NetworkErrorCode, NetworkReplyError } from "../../http/network_reply_error.ts";
import { junk } from "../_support/junk.ts";
import { random } from "../_support/play.ts";
import { closing, ok, record, ScriptedServer } from "./_server.ts";

/** What a broken server sends, how that is called, and what can be read of it. */
const BROKEN: Record<string, [answer: string, code: NetworkErrorCode, readable: string]> = {
  "no HTTP": ["SSH-2.0-OpenSSH_9.2\r\n", "protocolFailure", ""],
  "a status line cut short": ["HTTP/1.1 2", "remoteHostClosed", ""],
  "nothing": ["", "remoteHostClosed", ""],
  "status 099": ["HTTP/1.1 099 X\r\nContent-Length: 0\r\n\r\n", "protocolFailure", ""],
  "status 1000": ["HTTP/1.1 1000 X\r\nContent-Length: 0\r\n\r\n", "protocolFailure", ""],
  "HTTP/2 in clear": ["HTTP/2 200\r\n\r\n", "protocolFailure", ""],
  "a header without a colon": ["HTTP/1.1 200 OK\r\nbad\r\n\r\n", "protocolFailure", ""],
  "a negative length": ["HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx", "protocolFailure", ""],
  "a huge length": [
    "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nx",
    "protocolFailure",
    "",
  ],
  "two lengths": [
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy",
    "protocolFailure",
    "",
  ],
  "a body cut short": [
    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
    "remoteHostClosed",
    "half",
  ],
  "a chunk cut short": [
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n9\r\nhalf",
    "remoteHostClosed",
    "abchalf",
  ],
  "no last chunk": [
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    "remoteHostClosed",
    "abc",
  ],
  "a chunk size of letters": [
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nxyz\r\n",
    "protocolFailure",
    "abc",
  ],
  "a chunk longer than its size": [
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n0\r\n\r\n",
    "protocolFailure",
    "abc",
  ],
  "a switch unasked": ["HTTP/1.1 101 X\r\nUpgrade: a\r\n\r\n", "protocolFailure", ""],
  "too many fields": [
    `HTTP/1.1 200 OK\r\n${"a: b\r\n".repeat(101)}\r\n`,
    "protocolFailure",
    "",
  ],
  "a header without end": [`HTTP/1.1 200 OK\r\na: ${"x".repeat(300_000)}`, "protocolFailure", ""],
  "endless 1xx": ["HTTP/1.1 102 X\r\n\r\n".repeat(200), "protocolFailure", ""],
};

for (const [name, [answer, code, readable]] of Object.entries(BROKEN)) {
  Deno.test(`NetworkAccessManager survives a server that sends ${name}`, async () => {
    await using server = closing(answer);
    await using manager = new NetworkAccessManager();
    const reply = manager.get(server.url());
    const seen = record(reply);
    await reply.done;
    assertEquals(reply.error, code, reply.errorString);
    assertEquals(seen.slice(-3), ["errorOccurred", "readChannelFinished", "finished"]);
    assertEquals(seen.filter((each) => each === "errorOccurred").length, 1);
    assertEquals(new TextDecoder().decode(reply.readAll()), readable);
    const { cause } = await assertRejects(() => reply.bytes(), NetworkReplyError);
    assertInstanceOf(cause, RemoteProtocolError);
    const isLimit = /too many|without end|endless/.test(name);
    assertEquals(cause instanceof LimitExceededError, isLimit, String(cause));
    // Whatever it sent, the connection is not used again.
    await manager.get(server.url()).done;
    assertEquals(server.connections, 2);
  });
}

Deno.test("NetworkAccessManager takes status 999, HTTP/1.0, trailers and 1xx", async () => {
  const answers: Record<string, [answer: string, status: number, body: string]> = {
    "/999": ["HTTP/1.1 999 Odd\r\nContent-Length: 2\r\n\r\nhi", 999, "hi"],
    "/1.0": ["HTTP/1.0 200 OK\r\n\r\nuntil close", 200, "until close"],
    "/lf": ["HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", 200, "hi"],
    "/1xx": [
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: a\r\n\r\n${ok("hi")}`,
      200,
      "hi",
    ],
    "/trailers": [
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n",
      200,
      "hi",
    ],
    "/same": ["HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi", 200, "hi"],
  };
  await using server = new ScriptedServer(async (peer) => {
    const path = (await peer.request())!.split(" ")[1]!;
    await peer.send(answers[path]![0]);
    peer.close();
  });
  await using manager = new NetworkAccessManager();
  for (const [path, [, status, body]] of Object.entries(answers)) {
    const reply = manager.get(server.url(path));
    assertEquals([path, await reply.text(), reply.httpStatus], [path, body, status]);
    assertEquals(reply.error, status === 999 ? "protocolFailure" : null);
    assertEquals(reply.httpVersion, path === "/1.0" ? "1.0" : "1.1");
  }
});

Deno.test("NetworkAccessManager neither hangs nor breaks on spoiled responses", async () => {
  const samples = [
    ok("hello"),
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nT: 1\r\n\r\n",
    "HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 2\r\n\r\nhi",
    `HTTP/1.1 103 Early\r\n\r\n${ok("x")}`,
  ];
  // The junk of the protocols' tests, caught on its way to a protocol.
  const inputs: Uint8Array[][] = [];
  junk(
    () => {
      const chunks: Uint8Array[] = [];
      inputs.push(chunks);
      return { receive: (chunk) => (chunks.push(chunk), []) };
    },
    samples,
    { rounds: 60 },
  );
  let next = 0;
  await using server = new ScriptedServer(async (peer) => {
    await peer.request();
    for (const chunk of inputs[next++ % inputs.length]!) await peer.send(chunk);
    peer.close();
  });
  await using manager = new NetworkAccessManager({ transferTimeout: 5000, maxRedirects: 3 });
  const pick = random(1);
  for (let i = 0; i < 60; i++) {
    const reply = pick() < 0.2 ? manager.head(server.url()) : manager.get(server.url());
    const seen = record(reply);
    if (pick() < 0.2) reply.readyRead.connect(() => reply.abort());
    await reply.done;
    assertEquals(seen.filter((each) => each === "finished").length, 1);
    assert(reply.error !== "timeout", reply.errorString);
  }
});
