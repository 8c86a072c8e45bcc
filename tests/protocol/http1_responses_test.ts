import { assert, assertEquals } from "@std/assert";
import { client, summary } from "../_support/http1.ts";
import { junk } from "../_support/junk.ts";
import { play } from "../_support/play.ts";

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
  ["HTTPS/1.1 200\n", 'Cannot read response: it begins with "HTTPS/1.1 200", not with HTTP/'],
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

Deno.test("Http1Connection of a client survives junk", () => {
  const samples = responses.map(([input]) => input).filter((input) => input !== "");
  assert(junk(client, samples, { rounds: 1000 }) > 300);
});
