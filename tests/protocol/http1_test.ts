import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { LocalProtocolError, RemoteProtocolError } from "../../protocol/error.ts";
import { Http1Connection, type Http1Event, type Http1Options } from "../../protocol/http1.ts";
import { HttpHeaders, type HttpHeadersInit } from "../../protocol/http_headers.ts";
import { junk } from "../_support/junk.ts";
import { latin1, type PlainEvent, play } from "../_support/play.ts";

interface ClientOptions extends Http1Options {
  readonly method?: string;
  readonly headers?: HttpHeadersInit;
}

/** A client that has sent a request. */
function client({ method = "GET", headers = {}, ...limits }: ClientOptions = {}): Http1Connection {
  const connection = new Http1Connection("client", limits);
  connection.send({
    type: "request",
    method,
    target: method === "CONNECT" ? "a:443" : "/",
    headers: new HttpHeaders({ Host: "a", ...headers }),
  });
  return connection;
}

/** A server that has received a request. */
function server(request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"): Http1Connection {
  const connection = new Http1Connection("server");
  connection.receive(latin1(request));
  return connection;
}

function respond(
  connection: Http1Connection,
  status: number,
  headers: HttpHeadersInit = {},
): string {
  const type = status < 200 && status !== 101 ? "informational" : "response";
  return text(connection.send({ type, status, headers: new HttpHeaders(headers) }));
}

const text = (bytes: Uint8Array) => Array.from(bytes, (b) => String.fromCharCode(b)).join("");
const types = (events: readonly { type?: unknown }[]) =>
  events.map((event) => event.type).join(" ");
const data = (content: string) => ({ type: "data", bytes: latin1(content) });
const end = { type: "end", trailers: null };

/** Events as one line each, for tables. */
function summary(events: readonly PlainEvent[]): string {
  return events.map((event) => {
    switch (event.type) {
      case "response":
      case "informational":
        return `${event.status}`;
      case "request":
        return `${event.method} ${event.target} ${event.version}`;
      case "data":
      case "rest":
        return `${event.type}(${text(event.bytes as Uint8Array)})`;
      case "error":
        return (event.error as Error).message;
      default:
        return event.type;
    }
  }).join(" | ");
}

// ── Receiving as a client

Deno.test("Http1Connection reads a response at any cuts", () => {
  const input = "HTTP/1.1 200 Very OK\r\nDate: now\r\nCONTENT-Length:5\r\n\r\nhello";
  assertEquals(play(client, input), [
    {
      type: "response",
      status: 200,
      reasonPhrase: "Very OK",
      version: "1.1",
      headers: [["Date", "now"], ["CONTENT-Length", "5"]],
    },
    data("hello"),
    end,
  ]);
});

Deno.test("Http1Connection reads and writes the exchange of RFC 9110 section 3.9", () => {
  const connection = new Http1Connection("client");
  const sent = connection.send({
    type: "request",
    method: "GET",
    target: "/hello.txt",
    headers: new HttpHeaders([
      ["User-Agent", "curl/7.64.1"],
      ["Host", "www.example.com"],
      ["Accept-Language", "en, mi"],
    ]),
  });
  const request = "GET /hello.txt HTTP/1.1\r\nUser-Agent: curl/7.64.1\r\n" +
    "Host: www.example.com\r\nAccept-Language: en, mi\r\n\r\n";
  assertEquals(text(sent), request);
  assertEquals(types(new Http1Connection("server").receive(sent)), "request end");
  const response = "HTTP/1.1 200 OK\r\nDate: Mon, 27 Jul 2009 12:28:53 GMT\r\nServer: Apache\r\n" +
    'Last-Modified: Wed, 22 Jul 2009 19:15:56 GMT\r\nETag: "34aa387-d-1568eb00"\r\n' +
    "Accept-Ranges: bytes\r\nContent-Length: 51\r\nVary: Accept-Encoding\r\n" +
    "Content-Type: text/plain\r\n\r\nHello World! My content includes a trailing CRLF.\r\n";
  const [head, body, last] = play(client, response);
  assertEquals((head?.headers as string[][])[3], ["ETag", '"34aa387-d-1568eb00"']);
  assertEquals(body, data("Hello World! My content includes a trailing CRLF.\r\n"));
  assertEquals(last, end);
});

Deno.test("Http1Connection decodes a chunked response by RFC 9112 section 7.1", () => {
  const input = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" +
    "4\r\nWiki\r\n7\r\npedia i\r\nB\r\nn \r\nchunks.\r\n0\r\nX: y\r\n\r\n";
  const [, body, last] = play(client, input);
  assertEquals(body, data("Wikipedia in \r\nchunks."));
  assertEquals(last, { type: "end", trailers: [["X", "y"]] });
});

Deno.test("Http1Connection gives informational responses before the response", () => {
  const input = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" +
    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  assertEquals(summary(play(client, input)), "100 | 103 | 200 | end");
});

Deno.test("Http1Connection hands out what follows a 101, or 2xx to CONNECT", () => {
  const upgraded = () => client({ headers: { Connection: "Upgrade", Upgrade: "x" } });
  const input = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n\0raw";
  assertEquals(summary(play(upgraded, input)), "101 | switched | rest(\0raw)");
  const tunnel = () => client({ method: "CONNECT" });
  assertEquals(
    summary(play(tunnel, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello!")),
    "200 | switched | rest(hello!)",
  );
  assertEquals(
    summary(play(tunnel, "HTTP/1.1 407 No\r\nContent-Length: 5\r\n\r\nhello")),
    "407 | data(hello) | end",
  );
});

/** What servers really send, and what has to come of it. */
const responses: [input: string, expected: string][] = [
  // Lenience (RFC 9112 sections 2.2, 4, 5.2).
  ["HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", "200 | end"],
  ["HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", "200 | end"],
  ["HTTP/1.1 200 caf\xe9\tx\r\nContent-Length: 0\r\n\r\n", "200 | end"],
  ["HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", "200 | data(hi) | end"],
  ["HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n", "200 | end"],
  ["HTTP/1.1 200 OK\n\nall", "200 | data(all) | end"],
  ["HTTP/1.7 999 x\r\nContent-Length: 0\r\n\r\n", "999 | end"],
  // Framing (RFC 9112 section 6.3).
  ["HTTP/1.0 200 OK\r\n\r\nuntil close", "200 | data(until close) | end"],
  ["HTTP/1.1 200 OK\r\n\r\n", "200 | end"],
  ["HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "304 | end"],
  ["HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n0\r\n\r\n", "200 | data(0\r\n\r\n) | end"],
  [
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
    "200 | data(hi) | end",
  ],
  ["HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi", "200 | data(hi) | end"],
  [
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi, and more",
    "200 | data(hi) | end | rest(, and more)",
  ],
  [
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi",
    'Cannot use Content-Length "2, 3": expected one decimal number',
  ],
  [
    "HTTP/1.1 200 OK\r\nContent-Length: 9007199254740993\r\n\r\n",
    'Cannot use Content-Length "9007199254740993": expected one decimal number',
  ],
  // Not HTTP, or not quite.
  [
    "<html>old</html>\r\n",
    'Cannot read response: it begins with "<html>old</html>", not with HTTP/',
  ],
  ["SSH-2.0-x\r\n", 'Cannot read response: it begins with "SSH-2.0-x", not with HTTP/'],
  [
    "\0".repeat(99),
    `Cannot read response: it begins with "${"\\u0000".repeat(60)}"…, not with HTTP/`,
  ],
  ["HTTP/2.0 200 OK\r\n\r\n", 'Cannot read status line "HTTP/2.0 200 OK"'],
  ["HTTP/1.1 20 OK\r\n\r\n", 'Cannot read status line "HTTP/1.1 20 OK"'],
  ["HTTP/1.1 099 OK\r\n\r\n", 'Cannot read status line "HTTP/1.1 099 OK"'],
  ["HTTP/1.1 2000\r\n\r\n", 'Cannot read status line "HTTP/1.1 2000"'],
  ["HTTP/1.1  200 OK\r\n\r\n", 'Cannot read status line "HTTP/1.1  200 OK"'],
  ["HTTP/1.1 200 O\x1bK\r\n\r\n", 'Cannot read status line "HTTP/1.1 200 O\\u001bK"'],
  [
    "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
    'Cannot read HTTP header line "A : b": white space stands before the colon',
  ],
  [
    "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n",
    'Cannot read HTTP header line "nonsense": it has no colon',
  ],
  [
    "HTTP/1.1 101 OK\r\n\r\n",
    "Cannot switch protocols: the request had no Upgrade",
  ],
  // Closed too early: all that arrived comes first.
  ["", "Cannot read response: the peer closed before its first byte"],
  ["HTT", "Cannot read head: the peer closed after 3 bytes of it"],
  ["HTTP/1.1 200 OK\r\nA: b\r\n", "Cannot read head: the peer closed after 23 bytes of it"],
  [
    "HTTP/1.1 100 Continue\r\n\r\n",
    "100 | Cannot read response: the peer closed after an informational one",
  ],
  [
    "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello",
    "200 | data(hello) | Cannot read body: the peer closed after 5 of 10 bytes",
  ],
  [
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    "200 | data(hello) | Cannot read body: the peer closed after 5 bytes, before the last chunk",
  ],
  [
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\nnext",
    "200 | data(hi) | Cannot read body: the peer closed after 2 bytes, before the last chunk",
  ],
  [
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\nnext\r\n",
    '200 | data(hi) | Cannot read chunk size "next\\r": expected hexadecimal digits and CRLF',
  ],
];

Deno.test("Http1Connection makes of each broken response what its table says", () => {
  for (const [input, expected] of responses) {
    assertEquals(summary(play(client, input, { cuts: 3 })), expected, JSON.stringify(input));
  }
});

Deno.test("Http1Connection reads no body after HEAD", () => {
  const head = () => client({ method: "HEAD" });
  const input = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  assertEquals(summary(play(head, input)), "200 | end");
});

Deno.test("Http1Connection names the limit that a response exceeds", () => {
  const limited = (limits: Http1Options, input: string) => {
    const error = play(() => client(limits), input).at(-1)?.error as Error;
    assertEquals(error.name, "LimitExceededError");
    return error.message;
  };
  const head = "HTTP/1.1 200 Reason\r\nA: bbbbbbbb\r\nB: c\r\n\r\n";
  for (
    const limits of [{ maxReasonPhrase: 5 }, { maxFields: 1 }, { maxFieldSize: 9 }, {
      maxHeaderSize: head.length - 1,
    }]
  ) assert(limited(limits, head).includes(Object.keys(limits)[0]!));
  const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;xxxxxxxxx\r\n";
  assert(limited({ maxChunkLine: 9 }, chunked).includes("maxChunkLine"));
});

Deno.test("Http1Connection tells a close before the response by its code", () => {
  const code = (input: string, connection = client()) => {
    connection.receive(latin1(input));
    const event = connection.end().at(-1);
    return event?.type === "error" ? event.error.code : event?.type;
  };
  assertEquals(code(""), "closedBeforeResponse");
  assertEquals(code("H"), "closed");
  assertEquals(code("HTTP/1.1 100 x\r\n\r\n"), "closed");
  assertEquals(code("", new Http1Connection("client")), undefined);
});

Deno.test("Http1Connection hands out data as views of the input", () => {
  const connection = client();
  connection.receive(latin1("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"));
  const chunk = latin1("hello");
  const [event] = connection.receive(chunk) as Extract<Http1Event, { type: "data" }>[];
  assertStrictEquals(event!.bytes.buffer, chunk.buffer);
});

Deno.test("Http1Connection reads nothing more after an error", () => {
  const connection = client();
  assertEquals(types(connection.receive(latin1("nonsense\r\n"))), "error");
  assertEquals(connection.receive(latin1("HTTP/1.1 200 OK\r\n\r\n")), []);
  assertEquals(connection.end(), []);
  assertEquals(connection.canReuse, false);
});

// ── Reuse

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

// ── Bypass

Deno.test("Http1Connection.bypass() accounts for bytes read around the parser", () => {
  const connection = client();
  assertEquals(connection.directBytes, 0);
  connection.receive(latin1("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab"));
  assertEquals(connection.directBytes, 8);
  assertEquals(connection.bypass(3), false);
  assertEquals(types(connection.receive(latin1("f"))), "data");
  assertThrows(() => connection.bypass(5), RangeError, "Cannot bypass 5 bytes");
  assertThrows(() => connection.bypass(-1), RangeError);
  assertEquals(connection.bypass(4), true);
  assertEquals([connection.directBytes, connection.canReuse], [0, true]);
  connection.next();
});

Deno.test("Http1Connection.directBytes has no end until close and is 0 for chunks", () => {
  const open = client();
  open.receive(latin1("HTTP/1.1 200 OK\r\n\r\n"));
  assertEquals([open.directBytes, open.bypass(1e9)], [Infinity, false]);
  assertEquals(types(open.end()), "end");
  const chunked = client();
  chunked.receive(latin1("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n"));
  assertEquals(chunked.directBytes, 0);
});

Deno.test("Http1Connection.end() counts bypassed bytes", () => {
  const connection = client();
  connection.receive(latin1("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab"));
  connection.bypass(3);
  const [event] = connection.end();
  assert(event?.type === "error" && event.error.message.includes("after 5 of 10 bytes"));
});

// ── Sending as a client

Deno.test("Http1Connection sends a request with its headers as they were given", () => {
  const connection = new Http1Connection("client");
  const bytes = connection.send({
    type: "request",
    method: "PUT",
    target: "/a?b",
    headers: new HttpHeaders([["hOST", "a"], ["X", "caf\xe9"], ["x", ""], ["Content-Length", "3"]]),
  });
  assertEquals(
    text(bytes),
    "PUT /a?b HTTP/1.1\r\nhOST: a\r\nX: caf\xe9\r\nx: \r\nContent-Length: 3\r\n\r\n",
  );
  const piece = latin1("abc");
  assertStrictEquals(connection.send({ type: "data", bytes: piece }), piece);
  assertEquals(connection.send({ type: "end" }).length, 0);
});

Deno.test("Http1Connection sends chunks and trailers", () => {
  const connection = client({ method: "POST", headers: { "Transfer-Encoding": "chunked" } });
  const sent = [
    connection.send({ type: "data", bytes: latin1("x".repeat(26)) }),
    connection.send({ type: "data", bytes: latin1("") }),
    connection.send({ type: "end", trailers: new HttpHeaders({ A: "b" }) }),
  ];
  assertEquals(sent.map(text).join(""), `1a\r\n${"x".repeat(26)}\r\n0\r\nA: b\r\n\r\n`);
});

Deno.test("Http1Connection.send() throws for a request that HTTP forbids, and sends nothing", () => {
  const host = { Host: "a" };
  const table: [method: string, target: string, headers: HttpHeadersInit][] = [
    ["", "/", host],
    ["G T", "/", host],
    ["GET\r\n", "/", host],
    ["GET", "", host],
    ["GET", "/ HTTP/1.1\r\nX: y", host],
    ["GET", "/a b", host],
    ["GET", "/\xe9", host],
    ["GET", "/#x", host],
    ["GET", "a", host],
    ["GET", "*", host],
    ["CONNECT", "/", host],
    ["CONNECT", "a", host],
    ["GET", "/", {}],
    ["GET", "/", [["Host", "a"], ["host", "b"]]],
    ["POST", "/", { ...host, "Content-Length": "-1" }],
    ["POST", "/", { ...host, "Content-Length": "1", "Transfer-Encoding": "chunked" }],
    ["POST", "/", { ...host, "Transfer-Encoding": "gzip" }],
  ];
  const connection = new Http1Connection("client");
  for (const [method, target, init] of table) {
    const headers = new HttpHeaders(init);
    assertThrows(
      () => connection.send({ type: "request", method, target, headers }),
      LocalProtocolError,
      undefined,
      `${method} ${target}`,
    );
  }
  const headers = new HttpHeaders({ Host: "a" });
  for (const target of ["[::1]:80", "a.b:443", "xn--a:1"]) {
    new Http1Connection("client").send({ type: "request", method: "CONNECT", target, headers });
  }
  connection.send({ type: "request", method: "OPTIONS", target: "*", headers });
});

Deno.test("Http1Connection.send() throws for more or fewer bytes than were announced", () => {
  const piece = { type: "data", bytes: latin1("abc") } as const;
  const connection = client({ method: "POST", headers: { "Content-Length": "4" } });
  connection.send(piece);
  assertThrows(() => connection.send({ type: "end" }), LocalProtocolError, "1 of 4 bytes");
  assertThrows(() => connection.send(piece), LocalProtocolError, "1 are left");
  connection.send({ type: "data", bytes: latin1("d") });
  assertThrows(() => connection.send(piece), LocalProtocolError, "0 are left");
  connection.send({ type: "end" });
  assertThrows(() => client().send(piece), LocalProtocolError, "0 are left");
  assertThrows(
    () => client().send({ type: "end", trailers: new HttpHeaders() }),
    LocalProtocolError,
    "not chunked",
  );
  assertThrows(() => new Http1Connection("client").send({ type: "end" }), LocalProtocolError);
});

// ── The server

const requests: [input: string, expected: string][] = [
  // The four forms of a target, from RFC 9112 sections 3.2.1 to 3.2.4.
  ["GET /where?q=now HTTP/1.1\r\nHost: www.example.org\r\n\r\n", "GET /where?q=now 1.1 | end"],
  [
    "GET http://www.example.org/pub/WWW/TheProject.html HTTP/1.1\r\nHost: www.example.org\r\n\r\n",
    "GET http://www.example.org/pub/WWW/TheProject.html 1.1 | end",
  ],
  [
    "CONNECT www.example.com:80 HTTP/1.1\r\nHost: www.example.com\r\n\r\n",
    "CONNECT www.example.com:80 1.1 | end",
  ],
  ["OPTIONS * HTTP/1.1\r\nHost: www.example.org:8001\r\n\r\n", "OPTIONS * 1.1 | end"],
  ["GET /a?b HTTP/1.1\r\nHost: a\r\n\r\n", "GET /a?b 1.1 | end"],
  ["\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / 1.1 | end"],
  ["GET http://a/ HTTP/1.0\r\n\r\n", "GET http://a/ 1.0 | end"],
  ["OPTIONS * HTTP/1.1\r\nHost:\r\n\r\n", "OPTIONS * 1.1 | end"],
  ["CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\nraw", "CONNECT a:1 1.1 | end | rest(raw)"],
  ["PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi", "PUT / 1.1 | data(hi) | end"],
  [
    "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
    "PUT / 1.1 | data(hi) | end",
  ],
  ["", ""],
  ["GET / HT", "Cannot read head: the peer closed after 8 bytes of it"],
  [
    "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nhi",
    "PUT / 1.1 | data(hi) | Cannot read body: the peer closed after 2 of 3 bytes",
  ],
  ["GET / HTTP/1.1\r\n\r\n", "Cannot use request of HTTP/1.1: it has 0 Host fields instead of one"],
  [
    "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
    "Cannot use request of HTTP/1.1: it has 2 Host fields instead of one",
  ],
  [
    "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    "Cannot frame request: it has both Transfer-Encoding and Content-Length",
  ],
  [
    "GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
    'Cannot read HTTP header line " folded": it continues the line before, or there is none before it',
  ],
  ["GET / HTTP/1.1\nHost: a\n\n", 'Cannot read request line "GET / HTTP/1.1\\nHost: a\\n"'],
  [
    "GET / HTTP/1.1\r\nHost: a\n\r\n",
    'Cannot read HTTP header line "Host: a\\n": its end is LF without CR',
  ],
  ["GET /\r\n\r\n", 'Cannot read request line "GET /"'],
  ["GET  / HTTP/1.1\r\n\r\n", 'Cannot read request line "GET  / HTTP/1.1"'],
  ["GET / http/1.1\r\n\r\n", 'Cannot read request line "GET / http/1.1"'],
  ["GET / HTTP/1.1 \r\n\r\n", 'Cannot read request line "GET / HTTP/1.1 "'],
  ["G(T / HTTP/1.1\r\n\r\n", 'Cannot read request line "G(T / HTTP/1.1"'],
  ["GET a HTTP/1.1\r\n\r\n", 'Cannot read request line "GET a HTTP/1.1"'],
  ["PRI * HTTP/2.0\r\n\r\n", 'Cannot read request line "PRI * HTTP/2.0"'],
];

Deno.test("Http1Connection makes of each request what its table says", () => {
  const make = () => new Http1Connection("server");
  for (const [input, expected] of requests) {
    assertEquals(summary(play(make, input, { cuts: 3 })), expected, JSON.stringify(input));
  }
});

Deno.test("Http1Connection answers pipelined requests one after another", () => {
  const connection = new Http1Connection("server");
  const request = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
  let events = connection.receive(latin1(request("/1") + request("/2") + request("/3")));
  for (const path of ["/1", "/2", "/3"]) {
    assertEquals(types(events), "request end");
    assert(events[0]?.type === "request" && events[0].target === path);
    assertThrows(() => connection.next(), LocalProtocolError);
    respond(connection, 200, { "Content-Length": "0" });
    events = connection.next();
  }
  assertEquals(events, []);
  assert(connection.canReuse);
});

Deno.test("Http1Connection answers requests that came before the client closed its side", () => {
  const connection = new Http1Connection("server");
  const request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  assertEquals(types(connection.receive(latin1(request + request + "GET"))), "request end");
  assertEquals(connection.end(), []);
  for (const expected of ["request end", "error"]) {
    respond(connection, 200, { "Content-Length": "0" });
    assertEquals(types(connection.next()), expected);
  }
  assertEquals(connection.canReuse, false);
  const last = server();
  last.end();
  assertEquals(respond(last, 204), "HTTP/1.1 204 \r\nConnection: close\r\n\r\n");
  assertEquals(last.canReuse, false);
});

Deno.test("Http1Connection frames a response by what its headers and the request say", () => {
  const old = "GET / HTTP/1.0\r\n\r\n";
  const oldKept = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
  const closing = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  const head = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n";
  const cl = { "Content-Length": "0" };
  const table: [
    request: string | undefined,
    status: number,
    init: HttpHeadersInit,
    added: string,
  ][] = [
    [undefined, 200, cl, ""],
    [undefined, 200, {}, "Transfer-Encoding: chunked\r\n"],
    [undefined, 204, {}, ""],
    [closing, 200, cl, "Connection: close\r\n"],
    [closing, 200, {}, "Transfer-Encoding: chunked\r\nConnection: close\r\n"],
    [old, 200, {}, "Connection: close\r\n"],
    [old, 200, cl, "Connection: close\r\n"],
    [oldKept, 200, cl, "Connection: keep-alive\r\n"],
    [oldKept, 200, {}, "Connection: close\r\n"],
    [head, 200, {}, ""],
    ["nonsense\r\n\r\n", 400, cl, "Connection: close\r\n"],
  ];
  for (const [request, status, init, added] of table) {
    const sent = respond(server(request), status, init);
    const given = [...new HttpHeaders(init)].map(([name, value]) => `${name}: ${value}\r\n`);
    assertEquals(sent, `HTTP/1.1 ${status} \r\n${given.join("")}${added}\r\n`, request);
  }
});

Deno.test("Http1Connection.canReuse of a server follows what was said to the client", () => {
  const reusable = (request: string | undefined, headers: HttpHeadersInit) => {
    const connection = server(request);
    respond(connection, 200, { "Content-Length": "0", ...headers });
    return connection.canReuse;
  };
  assertEquals(reusable(undefined, {}), true);
  assertEquals(reusable(undefined, { Connection: "close" }), false);
  assertEquals(reusable("GET / HTTP/1.0\r\n\r\n", {}), false);
  assertEquals(reusable("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", {}), true);
  assertEquals(reusable("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n", {}), false);
});

Deno.test("Http1Connection sends informational responses, then the response", () => {
  const connection = server();
  assertEquals(respond(connection, 103, { Link: "</a>" }), "HTTP/1.1 103 \r\nLink: </a>\r\n\r\n");
  respond(connection, 200);
  connection.send({ type: "data", bytes: latin1("x") });
  assertEquals(text(connection.send({ type: "end" })), "0\r\n\r\n");
  assert(connection.canReuse);
});

Deno.test("Http1Connection of a server switches protocols and hands out what followed", () => {
  const request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n";
  const connection = server(request + "raw");
  const headers = { Connection: "Upgrade", Upgrade: "x" };
  assertEquals(
    respond(connection, 101, headers),
    "HTTP/1.1 101 \r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n",
  );
  assertEquals(text(connection.rest()), "raw");
  assertEquals([connection.canReuse, connection.end()], [false, []]);
  const tunnel = server("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\nraw");
  assertEquals(respond(tunnel, 200), "HTTP/1.1 200 \r\n\r\n");
  assertEquals(text(tunnel.rest()), "raw");
});

Deno.test("Http1Connection.send() throws for a response that HTTP forbids", () => {
  const forbidden = (connection: Http1Connection, status: number, init: HttpHeadersInit = {}) =>
    assertThrows(() => respond(connection, status, init), LocalProtocolError);
  forbidden(server(), 99);
  forbidden(server(), 1000);
  forbidden(server(), 101);
  forbidden(server("GET / HTTP/1.0\r\n\r\n"), 103);
  forbidden(server("GET / HTTP/1.0\r\n\r\n"), 200, { "Transfer-Encoding": "chunked" });
  forbidden(server(), 200, { "Transfer-Encoding": "chunked", "Content-Length": "1" });
  forbidden(client(), 200);
  const headers = new HttpHeaders();
  for (const reasonPhrase of ["a\r\nB: c", "€", "\0"]) {
    assertThrows(
      () => server().send({ type: "response", status: 200, reasonPhrase, headers }),
      LocalProtocolError,
      "reason phrase",
    );
  }
  assertThrows(
    () => server().send({ type: "response", status: 100, headers }),
    LocalProtocolError,
    'not of type "response"',
  );
  // The rest of the request would be taken for the next protocol.
  forbidden(
    server("PUT / HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\nContent-Length: 1\r\n\r\n"),
    101,
    { Upgrade: "x" },
  );
  const twice = server();
  respond(twice, 204);
  forbidden(twice, 204);
});

Deno.test("Http1Connection of a client understands one of a server", () => {
  const near = client({ method: "POST", headers: { "Transfer-Encoding": "chunked" } });
  const far = new Http1Connection("server");
  const request = new HttpHeaders({ Host: "a", "Transfer-Encoding": "chunked" });
  const sender = new Http1Connection("client");
  far.receive(sender.send({ type: "request", method: "POST", target: "/", headers: request }));
  assertEquals(types(far.receive(sender.send({ type: "data", bytes: latin1("hi") }))), "data");
  assertEquals(types(far.receive(sender.send({ type: "end" }))), "end");
  near.receive(latin1(respond(far, 200)));
  assertEquals(types(near.receive(far.send({ type: "data", bytes: latin1("ho") }))), "data");
  assertEquals(types(near.receive(far.send({ type: "end" }))), "end");
});

// ── Junk

Deno.test("Http1Connection of a client survives junk", () => {
  const samples = responses.map(([input]) => input).filter((input) => input !== "");
  assert(junk(client, samples, { rounds: 1000 }) > 300);
});

Deno.test("Http1Connection of a server survives junk", () => {
  const samples = requests.map(([input]) => input).filter((input) => input !== "");
  assert(junk(() => new Http1Connection("server"), samples, { rounds: 1000 }) > 300);
});

Deno.test("Http1Connection reports the peer's faults as RemoteProtocolError", () => {
  const [event] = client().receive(latin1("nonsense\r\n"));
  assert(event?.type === "error" && event.error instanceof RemoteProtocolError);
});

// ── Real peers

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
