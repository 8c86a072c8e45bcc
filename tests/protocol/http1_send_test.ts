import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { LocalProtocolError } from "../../protocol/error.ts";
import { Http1Connection } from "../../protocol/http1.ts";
import { HttpHeaders, type HttpHeadersInit } from "../../protocol/http_headers.ts";
import { client, respond, server, text, types } from "../_support/http1.ts";
import { latin1 } from "../_support/play.ts";

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
