import { assert, assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { createServer } from "node:http";
import { InvalidStateError, LimitExceededError, RemoteProtocolError } from "../../core/error.ts";
import { SocketError } from "../../core/error.ts";
import { PermissionError, PermissionScope } from "../../core/permission.ts";
import {
  type ExchangeResponse,
  type Layer,
  NetworkAccessManager,
} from "../../http/network_access_manager.ts";
import { type NetworkErrorCode, NetworkReplyError } from "../../http/network_reply_error.ts";
import { NetworkRequest } from "../../http/network_request.ts";
import { HttpHeaders } from "../../protocol/http_headers.ts";
import { junk } from "../_support/junk.ts";
import { random } from "../_support/play.ts";
import { answering, closing, ok, record, ScriptedServer } from "./_server.ts";

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

Deno.test("NetworkAccessManager does not keep the process alive by idle connections", async () => {
  await using server = answering(() => ok("x".repeat(3_000_000)));
  const program = `
    import { NetworkAccessManager } from ${
    JSON.stringify(import.meta.resolve("../../http/mod.ts"))
  };
    const manager = new NetworkAccessManager();
    console.log((await manager.get("${server.url()}").bytes()).length);
    console.log((await manager.fetch("${server.url()}")).status);
  `;
  assertEquals(await run(program, [`--allow-net=127.0.0.1:${server.port}`]), "3000000\n200\n");
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

Deno.test("NetworkAccessManager takes layers that answer, change and watch", async () => {
  let head = "";
  await using server = answering((request) => (head = request, ok("wire")));
  const seen: string[] = [];
  const canned: Layer = (next) => (request) => {
    seen.push(`canned ${request.url.pathname}`);
    if (request.url.pathname !== "/canned") return next(request);
    const parts = ["from ", "memory"].map((part) => new TextEncoder().encode(part));
    const response: ExchangeResponse = {
      url: request.url,
      httpVersion: "1.1",
      status: 203,
      reasonPhrase: "Canned",
      headers: new HttpHeaders({ "Content-Type": "text/plain" }),
      body: {
        read(into) {
          const part = parts.shift();
          if (part !== undefined) into.set(part);
          return Promise.resolve(part?.length ?? null);
        },
        cancel() {},
      },
    };
    return Promise.resolve(response);
  };
  const marked: Layer = (next) => async (request) => {
    seen.push(`marked ${request.method}`);
    const headers = new HttpHeaders(request.headers).set("X-Mark", "1");
    const response = await next({ ...request, headers });
    return { ...response, headers: new HttpHeaders({ "X-Seen": "1" }) };
  };
  await using manager = new NetworkAccessManager({ layers: [canned, marked] });
  const reply = manager.get("any:///canned");
  assertEquals([await reply.text(), reply.httpStatus], ["from memory", 203]);
  const wired = manager.get(server.url("/wire"));
  assertEquals([await wired.text(), wired.headers.get("x-seen")], ["wire", "1"]);
  assert(head.includes("X-Mark: 1\r\n"), head);
  assertEquals(seen, ["canned /canned", "canned /wire", "marked GET"]);
  assertEquals([manager.layers[0], manager.layers.length], [canned, 3]);
});

Deno.test("NetworkAccessManager gives a layer's failure as the cause", async () => {
  const failure = new TypeError("a bug");
  const throwing: Layer = () => () => {
    throw failure;
  };
  const late: Layer = () => () => Promise.reject(new DOMException("slow", "TimeoutError"));
  await using manager = new NetworkAccessManager({ layers: [throwing] });
  const error = await assertRejects(() => manager.get("http://a/").bytes(), NetworkReplyError);
  assertEquals((error.cause as Error).cause, failure);
  await using slow = new NetworkAccessManager({ layers: [late] });
  assertEquals((await slow.get("http://a/").done).error, "timeout");
});

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
