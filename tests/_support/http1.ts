/** HTTP/1 connections in the states that tests begin with, and their events in short. */
import { Http1Connection, type Http1Options } from "../../protocol/http1.ts";
import { HttpHeaders, type HttpHeadersInit } from "../../protocol/http_headers.ts";
import { latin1, type PlainEvent } from "./play.ts";

/** The request that {@linkcode client} sends, and its limits. */
export interface ClientOptions extends Http1Options {
  readonly method?: string;
  readonly headers?: HttpHeadersInit;
}

/** A client that has sent a request. */
export function client(
  { method = "GET", headers = {}, ...limits }: ClientOptions = {},
): Http1Connection {
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
export function server(request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"): Http1Connection {
  const connection = new Http1Connection("server");
  connection.receive(latin1(request));
  return connection;
}

/** Sends a response or an informational one, and gives its head as text. */
export function respond(
  connection: Http1Connection,
  status: number,
  headers: HttpHeadersInit = {},
): string {
  const type = status < 200 && status !== 101 ? "informational" : "response";
  return text(connection.send({ type, status, headers: new HttpHeaders(headers) }));
}

/** Bytes as text, one character for each. */
export const text = (bytes: Uint8Array): string =>
  Array.from(bytes, (b) => String.fromCharCode(b)).join("");
/** The types of events, in order. */
export const types = (events: readonly { type?: unknown }[]): string =>
  events.map((event) => event.type).join(" ");
/** A data event as play() gives it. */
export const data = (content: string): PlainEvent => ({ type: "data", bytes: latin1(content) });
/** An end event as play() gives it. */
export const end: PlainEvent = { type: "end", trailers: null };

/** Events as one line each, for tables. */
export function summary(events: readonly PlainEvent[]): string {
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
