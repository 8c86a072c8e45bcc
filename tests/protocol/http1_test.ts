import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { RemoteProtocolError } from "../../protocol/error.ts";
import { Http1Connection, type Http1Event, type Http1Options } from "../../protocol/http1.ts";
import { HttpHeaders } from "../../protocol/http_headers.ts";
import { client, data, end, summary, text, types } from "../_support/http1.ts";
import { latin1, play } from "../_support/play.ts";

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

Deno.test("Http1Connection reports the peer's faults as RemoteProtocolError", () => {
  const [event] = client().receive(latin1("nonsense\r\n"));
  assert(event?.type === "error" && event.error instanceof RemoteProtocolError);
});

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
