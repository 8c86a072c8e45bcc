import { assert, assertEquals, assertThrows } from "@std/assert";
import { LocalProtocolError } from "../../protocol/error.ts";
import { Http1Connection } from "../../protocol/http1.ts";
import { HttpHeaders } from "../../protocol/http_headers.ts";
import { client, type ClientOptions, text, types } from "../_support/http1.ts";
import { latin1 } from "../_support/play.ts";

Deno.test("Http1Connection.canReuse and next() carry a kept-alive connection on", () => {
  const connection = new Http1Connection("client");
  const request = {
    type: "request",
    method: "GET",
    target: "/",
    headers: new HttpHeaders({ Host: "a" }),
  } as const;
  for (let i = 0; i < 3; i++) {
    assert(connection.canReuse);
    connection.send(request);
    assert(!connection.canReuse);
    const events = connection.receive(latin1("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"));
    assertEquals(types(events), "response data end");
    assert(connection.canReuse);
    assertThrows(() => connection.send(request), LocalProtocolError);
    assertEquals(connection.next(), []);
  }
});

Deno.test("Http1Connection.canReuse is false where RFC 9112 section 9.3 says so", () => {
  const table: [input: string, expected: boolean, options?: ClientOptions][] = [
    ["HTTP/1.1 204 x\r\n\r\n", true],
    ["HTTP/1.1 204 x\r\nConnection: close\r\n\r\n", false],
    ["HTTP/1.0 204 x\r\n\r\n", false],
    ["HTTP/1.0 204 x\r\nConnection: keep-alive\r\n\r\n", true],
    ["HTTP/1.1 204 x\r\n\r\n", false, { headers: { Connection: "close" } }],
    ["HTTP/1.1 204 x\r\n\r\nH", false],
    ["HTTP/1.1 200 x\r\nContent-Length: 1\r\n\r\n", false],
    [
      "HTTP/1.1 200 x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      false,
    ],
    // The server answered before it had the whole request.
    ["HTTP/1.1 204 x\r\n\r\n", false, { headers: { "Content-Length": "5" } }],
    [
      "HTTP/1.1 101 x\r\n\r\n",
      false,
      { headers: { Upgrade: "x" } },
    ],
  ];
  for (const [input, expected, options] of table) {
    const connection = client(options);
    connection.receive(latin1(input));
    assertEquals(connection.canReuse, expected, input);
    if (!expected) assertThrows(() => connection.next(), LocalProtocolError, "not reusable");
  }
});

Deno.test("Http1Connection that is idle is spoiled by bytes unasked for, and by a close", () => {
  const spoiled = new Http1Connection("client");
  assertEquals(spoiled.receive(latin1("HTTP/1.1 408 Timeout\r\n\r\n")), []);
  const closed = new Http1Connection("client");
  assertEquals(closed.end(), []);
  for (const connection of [spoiled, closed]) {
    assertEquals(connection.canReuse, false);
    assertThrows(
      () =>
        connection.send({
          type: "request",
          method: "GET",
          target: "/",
          headers: new HttpHeaders({ Host: "a" }),
        }),
      LocalProtocolError,
      "not waiting",
    );
  }
});

Deno.test("Http1Connection of a client talks to Deno.serve, twice on one connection", async () => {
  // The server announces a close when it answers before it has read the request: it reads first.
  const handler = async (request: Request) => {
    const body = await request.text();
    return new Response(ReadableStream.from([body, body]).pipeThrough(new TextEncoderStream()));
  };
  await using served = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, handler);
  using socket = await Deno.connect({ hostname: "127.0.0.1", port: served.addr.port });
  const connection = new Http1Connection("client");
  const headers = new HttpHeaders({ Host: "a", "Transfer-Encoding": "chunked" });
  for (let i = 0; i < 2; i++) {
    await writeAll(
      socket,
      connection.send({ type: "request", method: "POST", target: "/", headers }),
    );
    await writeAll(socket, connection.send({ type: "data", bytes: latin1("ab") }));
    await writeAll(socket, connection.send({ type: "end" }));
    assertEquals(await readMessage(socket, connection), "abab");
    assert(connection.canReuse);
    connection.next();
  }
});

Deno.test("Http1Connection of a server answers fetch()", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepted = listener.accept();
  const client = Deno.createHttpClient({ poolMaxIdlePerHost: 1 });
  const url = `http://127.0.0.1:${listener.addr.port}/x`;
  const fetched = fetch(url, { client, method: "POST", body: "hello" });
  using socket = await accepted;
  const connection = new Http1Connection("server");
  for (const answer of [fetched, null]) {
    const response = answer ?? fetch(url, { client, method: "POST", body: "hello" });
    assertEquals(await readMessage(socket, connection), "hello");
    const headers = new HttpHeaders({ "X-Y": "z" });
    const head = { type: "response", status: 201, reasonPhrase: "Made", headers } as const;
    await writeAll(socket, connection.send(head));
    await writeAll(socket, connection.send({ type: "data", bytes: latin1("world") }));
    await writeAll(socket, connection.send({ type: "end" }));
    const { status, headers: received } = await response;
    assertEquals([status, received.get("x-y")], [201, "z"]);
    assertEquals(await (await response).text(), "world");
    connection.next();
  }
  client.close();
});

/** Reads to the end of a message and gives its body. */
async function readMessage(socket: Deno.Conn, connection: Http1Connection): Promise<string> {
  let body = "";
  for (;;) {
    const buffer = new Uint8Array(1024);
    const n = await socket.read(buffer);
    const events = n === null ? connection.end() : connection.receive(buffer.subarray(0, n));
    for (const event of events) {
      if (event.type === "error") throw event.error;
      if (event.type === "data") body += text(event.bytes);
      if (event.type === "end") return body;
    }
  }
}

async function writeAll(socket: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await socket.write(bytes.subarray(at));
}
