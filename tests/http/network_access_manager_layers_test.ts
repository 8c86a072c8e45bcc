import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  type ExchangeResponse,
  type Layer,
  NetworkAccessManager,
} from "../../http/network_access_manager.ts";
import { NetworkReplyError } from "../../http/network_reply_error.ts";
import { HttpHeaders } from "../../protocol/http_headers.ts";
import { answering, ok } from "./_server.ts";

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
