/** The HTTP/1 codec on one connection, beside what the platform does with the same text. */
import { Http1Connection } from "../../protocol/http1.ts";
import { parseHttpDate } from "../../protocol/http_date.ts";
import { HttpHeaders } from "../../protocol/http_headers.ts";

const fields = [
  ["Date", "Mon, 27 Jul 2009 12:28:53 GMT"],
  ["Server", "Apache/2.4.58 (Unix)"],
  ["Last-Modified", "Wed, 22 Jul 2009 19:15:56 GMT"],
  ["ETag", '"34aa387-d-1568eb00"'],
  ["Accept-Ranges", "bytes"],
  ["Vary", "Accept-Encoding"],
  ["Content-Type", "text/plain; charset=utf-8"],
  ["Cache-Control", "max-age=3600"],
  ["X-Request-Id", "0123456789abcdef"],
  ["Strict-Transport-Security", "max-age=31536000"],
  ["Connection", "keep-alive"],
] as const;
const block = fields.map(([name, value]) => `${name}: ${value}\r\n`).join("");
const body = "x".repeat(1024);
const encoder = new TextEncoder();
const sized = encoder.encode(`HTTP/1.1 200 OK\r\n${block}Content-Length: 1024\r\n\r\n${body}`);
const chunked = encoder.encode(
  `HTTP/1.1 200 OK\r\n${block}Transfer-Encoding: chunked\r\n\r\n` +
    `200\r\n${body.slice(512)}\r\n200\r\n${body.slice(512)}\r\n0\r\n\r\n`,
);
const request = {
  type: "request",
  method: "GET",
  target: "/index.html",
  headers: new HttpHeaders({
    "Host": "example.com",
    "User-Agent": "Quayside/1.0",
    "Accept": "*/*",
    "Accept-Encoding": "gzip, deflate, br",
    "Accept-Language": "en",
    "Connection": "Keep-Alive",
  }),
} as const;

const response = { group: "response, 12 fields, 1 KiB" };
const client = exchange(sized);
Deno.bench("request sent, response received", { ...response, baseline: true }, () => {
  client();
});
const inChunks = exchange(chunked);
Deno.bench("the same in two chunks", response, () => {
  inChunks();
});
const whole = sized.buffer.slice(0);
Deno.bench("decode the text, nothing else", response, () => {
  new TextDecoder().decode(whole);
});
Deno.bench("new Headers() of the fields, nothing else", response, () => {
  new Headers(fields as unknown as [string, string][]);
});

const server = new Http1Connection("server");
const received = new Http1Connection("client").send(request);
const answer = {
  type: "response",
  status: 200,
  headers: new HttpHeaders({ "Content-Length": "0" }),
} as const;
Deno.bench("request received, response sent, on a server", { group: "server" }, () => {
  server.receive(received);
  server.send(answer);
  server.next();
});

Deno.bench("send a request of 6 fields on a new connection", { group: "request" }, () => {
  new Http1Connection("client").send(request);
});

const date = "Sun, 06 Nov 1994 08:49:37 GMT";
Deno.bench("parseHttpDate()", { group: "date", baseline: true }, () => {
  parseHttpDate(date, 0);
});
Deno.bench("Date.parse()", { group: "date" }, () => {
  Date.parse(date);
});

function exchange(bytes: Uint8Array<ArrayBuffer>): () => void {
  const connection = new Http1Connection("client");
  return () => {
    connection.send(request);
    if (connection.receive(bytes).at(-1)?.type !== "end") throw new Error("Cannot read response");
    connection.next();
  };
}
