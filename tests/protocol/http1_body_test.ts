import { assertEquals, assertThrows } from "@std/assert";
import { ByteReader } from "../../protocol/byte_reader.ts";
import { LocalProtocolError, RemoteProtocolError } from "../../protocol/error.ts";
import { defaultHeaderLimits } from "../../protocol/header_block.ts";
import {
  bodyCutShort,
  type Http1Body,
  persists,
  readBody,
  requestBody,
  responseBody,
} from "../../protocol/http1_body.ts";
import { HttpHeaders, type HttpHeadersInit } from "../../protocol/http_headers.ts";
import { latin1, type PlainEvent, play, type Playable } from "../_support/play.ts";

type Version = "1.0" | "1.1";

/** Plays a body, whose events are its data and its trailers. */
function playBody(body: Http1Body, input: string, limits: object = {}): PlainEvent[] {
  const make = (): Playable => {
    const reader = new ByteReader();
    let events: object[] = [];
    const options = {
      ...defaultHeaderLimits,
      maxChunkLine: 20,
      lenient: true,
      ...limits,
      data: (bytes: Uint8Array<ArrayBuffer>) => events.push({ type: "data", bytes }),
    };
    const run = readBody({ body: { ...body }, reader }, options);
    return {
      receive(chunk) {
        reader.feed(chunk);
        events = [];
        try {
          const step = run.next();
          if (step.done && step.value !== undefined) {
            events.push({ type: "end", trailers: step.value });
          }
        } catch (error) {
          events.push({ type: "error", error });
        }
        return events;
      },
      rest: () => reader.rest(),
    };
  };
  return play(make, input);
}

const chunked: Http1Body = { kind: "chunked", arrived: 0 };
const data = (text: string) => ({ type: "data", bytes: latin1(text) });
const end = { type: "end", trailers: null };
const rest = (text: string) => ({ type: "rest", bytes: latin1(text) });

/** The message of the only failure. */
function failure(events: PlainEvent[]): string {
  return (events.at(-1)?.error as Error | undefined)?.message ?? "none";
}

Deno.test("readBody() reads a body of known length and no more", () => {
  const body: Http1Body = { kind: "length", length: 5, remaining: 5 };
  assertEquals(playBody(body, "helloHTTP"), [data("hello"), end, rest("HTTP")]);
  assertEquals(playBody(body, "hel"), [data("hel")]);
});

Deno.test("readBody() reads until close, for ever", () => {
  assertEquals(playBody({ kind: "untilClose" }, "a\r\n0\r\n\r\n"), [data("a\r\n0\r\n\r\n")]);
});

Deno.test("readBody() decodes chunks by the grammar of RFC 9112 section 7.1, trailers and all", () => {
  const input = "4\r\nWiki\r\n6\r\npedia \r\nE\r\nin \r\n\r\nchunks.\r\n0\r\n\r\nrest";
  assertEquals(playBody(chunked, input), [
    data("Wikipedia in \r\n\r\nchunks."),
    end,
    rest("rest"),
  ]);
  assertEquals(playBody(chunked, "1\r\na\r\n0\r\nExpires: now\r\nX: y\r\n\r\n"), [
    data("a"),
    { type: "end", trailers: [["Expires", "now"], ["X", "y"]] },
  ]);
});

Deno.test("readBody() ignores chunk extensions, up to maxChunkLine", () => {
  const input = '00a ; n = "v;\t"\r\n0123456789\r\n0;x\r\n\r\n';
  assertEquals(playBody(chunked, input), [data("0123456789"), end]);
  const long = "1;" + "x".repeat(20) + "\r\na\r\n0\r\n\r\n";
  assertEquals(failure(playBody(chunked, long)).includes("maxChunkLine"), true);
});

Deno.test("readBody() refuses what is no chunk", () => {
  for (
    const line of [
      "",
      "g",
      "-1",
      "+1",
      "0x1",
      "1 2",
      " 1",
      "1;a\rb",
      "1;\0",
      "1\r",
      "20000000000000",
      "fffffffffffffffff",
    ]
  ) {
    assertEquals(
      failure(playBody(chunked, `1\r\na\r\n${line}\r\nb`)),
      `Cannot read chunk size ${JSON.stringify(line + "\r")}: expected hexadecimal digits and CRLF`,
    );
  }
  assertEquals(failure(playBody(chunked, "1\na\r\n")).includes('size "1"'), true);
  assertEquals(failure(playBody(chunked, "1\r\nab\n")).includes("no CRLF"), true);
  assertEquals(failure(playBody(chunked, "1\r\na\n\n")).includes("no CRLF"), true);
});

Deno.test("readBody() limits trailers as it limits headers", () => {
  const trailers = "0\r\n" + "a: b\r\n".repeat(3) + "\r\n";
  assertEquals(failure(playBody(chunked, trailers, { maxFields: 2 })).includes("maxFields"), true);
  const limits = { maxHeaderSize: 10 };
  assertEquals(failure(playBody(chunked, trailers, limits)).includes("maxHeaderSize"), true);
});

Deno.test("responseBody() follows the rules of RFC 9112 section 6.3 in their order", () => {
  const te = { "Transfer-Encoding": "chunked" };
  const cl = { "Content-Length": "5" };
  const table: [method: string, status: number, headers: HttpHeadersInit, expected: string][] = [
    ["HEAD", 200, cl, "none"], // 1
    ["HEAD", 200, te, "none"],
    ["GET", 204, cl, "none"],
    ["GET", 304, { "Content-Length": "a" }, "none"],
    ["GET", 100, cl, "none"],
    ["CONNECT", 200, cl, "switched"], // 2
    ["CONNECT", 299, te, "switched"],
    ["CONNECT", 407, cl, "length"],
    ["GET", 101, cl, "switched"],
    ["GET", 200, { ...te, ...cl }, "chunked"], // 3
    ["GET", 200, { ...te, "Content-Length": "nonsense" }, "chunked"],
    ["GET", 200, { "Transfer-Encoding": "gzip, Chunked" }, "chunked"], // 4
    ["GET", 200, [["Transfer-Encoding", "gzip"], ["transfer-encoding", "chunked"]], "chunked"],
    ["GET", 200, { "Transfer-Encoding": "gzip" }, "untilClose"],
    ["GET", 200, { "Transfer-Encoding": "identity", ...cl }, "untilClose"],
    ["GET", 200, cl, "length"], // 6
    ["GET", 200, [["Content-Length", "5"], ["content-length", "5"]], "length"],
    ["GET", 200, { "Content-Length": "5 ,5" }, "length"],
    ["GET", 404, {}, "untilClose"], // 8
  ];
  for (const [method, status, init, expected] of table) {
    const head = { method, status, version: "1.1" as Version, headers: new HttpHeaders(init) };
    const { kind } = responseBody(head, RemoteProtocolError);
    assertEquals(kind, expected, `${method} ${status} ${JSON.stringify([...head.headers])}`);
  }
});

Deno.test("requestBody() has a body only where the head says so", () => {
  const kind = (init: HttpHeadersInit) =>
    requestBody({ version: "1.1", headers: new HttpHeaders(init) }, RemoteProtocolError).kind;
  assertEquals(kind({}), "none");
  assertEquals(kind({ "Content-Length": "0" }), "length");
  assertEquals(kind({ "Transfer-Encoding": "chunked" }), "chunked");
  assertEquals(kind({ "Transfer-Encoding": "gzip, chunked" }), "chunked");
});

Deno.test("requestBody() refuses what could be read in two ways", () => {
  const refused: [version: Version, init: HttpHeadersInit][] = [
    ["1.1", { "Transfer-Encoding": "chunked", "Content-Length": "5" }],
    ["1.1", { "Transfer-Encoding": "gzip" }],
    ["1.1", { "Transfer-Encoding": "chunked, gzip" }],
    ["1.1", { "Transfer-Encoding": "chunked, chunked" }],
    ["1.1", { "Transfer-Encoding": "xchunked" }],
    ["1.1", { "Transfer-Encoding": "\xa0chunked" }],
    ["1.0", { "Transfer-Encoding": "chunked" }],
  ];
  for (const [version, init] of refused) {
    for (const Fault of [LocalProtocolError, RemoteProtocolError]) {
      const head = { version, headers: new HttpHeaders(init) };
      assertThrows(() => requestBody(head, Fault), Fault, undefined, JSON.stringify(init));
    }
  }
});

Deno.test("Content-Length is one decimal number, or is named in the error", () => {
  for (
    const value of [
      "",
      "a",
      "-1",
      "+5",
      "5.0",
      "0x5",
      "1e3",
      "5 5",
      "5,6",
      "5,",
      ",5",
      "5,05",
      "9007199254740992",
      "9".repeat(50),
    ]
  ) {
    assertThrows(
      () =>
        requestBody(
          { version: "1.1", headers: new HttpHeaders({ "Content-Length": value }) },
          RemoteProtocolError,
        ),
      RemoteProtocolError,
      `Cannot use Content-Length ${JSON.stringify(value)}`,
    );
  }
});

Deno.test("persists() follows RFC 9112 section 9.3", () => {
  const table: [version: Version, headers: HttpHeadersInit, expected: boolean][] = [
    ["1.1", {}, true],
    ["1.1", { Connection: "close" }, false],
    ["1.1", { Connection: "keep-alive, Close" }, false],
    ["1.1", [["Connection", "x"], ["connection", "CLOSE"]], false],
    ["1.1", { Connection: "x-close, closed" }, true],
    ["1.0", {}, false],
    ["1.0", { Connection: "Keep-Alive" }, true],
    ["1.0", { Connection: "keep-alive, close" }, false],
    ["1.1", { "Transfer-Encoding": "chunked", "Content-Length": "5" }, false],
    ["1.0", { "Transfer-Encoding": "chunked", Connection: "keep-alive" }, false],
  ];
  for (const [version, init, expected] of table) {
    const headers = new HttpHeaders(init);
    assertEquals(persists({ version, headers }), expected, JSON.stringify(init));
  }
});

Deno.test("bodyCutShort() says how much had arrived", () => {
  const message = (body: Http1Body) => bodyCutShort(body)?.message;
  assertEquals(
    message({ kind: "length", length: 10, remaining: 3 }),
    "Cannot read body: the peer closed after 7 of 10 bytes",
  );
  assertEquals(
    message({ kind: "chunked", arrived: 7 }),
    "Cannot read body: the peer closed after 7 bytes, before the last chunk",
  );
  assertEquals(message({ kind: "untilClose" }), undefined);
});
