import { assert, assertEquals, assertThrows } from "@std/assert";
import { LocalProtocolError } from "../../protocol/error.ts";
import { Http1Connection } from "../../protocol/http1.ts";
import { respond, server, summary, types } from "../_support/http1.ts";
import { junk } from "../_support/junk.ts";
import { latin1, play } from "../_support/play.ts";

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

Deno.test("Http1Connection of a server survives junk", () => {
  const samples = requests.map(([input]) => input).filter((input) => input !== "");
  assert(junk(() => new Http1Connection("server"), samples, { rounds: 1000 }) > 300);
});
