import { assert, assertEquals, assertThrows } from "@std/assert";
import { NetworkRequest } from "../../http/network_request.ts";

Deno.test("NetworkRequest is a value of its own", () => {
  const url = new URL("http://a/b#c");
  const headers = new Headers({ a: "1" });
  const request = new NetworkRequest(url, { headers });
  url.pathname = "/changed";
  headers.set("a", "2");
  assertEquals(request.url.href, "http://a/b#c");
  assertEquals([...request.headers], [["a", "1"]]);
  assertEquals([request.redirectPolicy, request.maxRedirects, request.transferTimeout], [
    null,
    null,
    null,
  ]);
});

Deno.test("NetworkRequest.with() changes what it is told and keeps the rest", () => {
  const request = new NetworkRequest("http://a/", {
    headers: { "X-A": "1" },
    redirectPolicy: "manual",
    maxRedirects: 3,
    transferTimeout: 0,
  });
  const same = request.with({});
  assert(same !== request);
  assert(same.headers !== request.headers);
  assertEquals(same, request);
  const other = request.with({ url: "http://b/", maxRedirects: 0, headers: {} });
  assertEquals([other.url.href, other.maxRedirects, other.headers.size], ["http://b/", 0, 0]);
  assertEquals([other.redirectPolicy, other.transferTimeout], ["manual", 0]);
});

Deno.test("NetworkRequest refuses what it cannot mean", () => {
  const request = (options: object) => () => new NetworkRequest("http://a/", options);
  for (const url of ["", "a/b", "http://[", "http://a:99999/"]) {
    assertThrows(() => new NetworkRequest(url), TypeError, "no absolute URL");
  }
  assertThrows(request({ headers: { "a b": "1" } }), TypeError);
  assertThrows(request({ headers: { a: "1\r\nb: 2" } }), TypeError);
  assertThrows(request({ redirectPolicy: "follow" }), TypeError, "noLessSafe");
  for (const maxRedirects of [-1, 0.5, NaN]) assertThrows(request({ maxRedirects }), RangeError);
  for (const transferTimeout of [-1, NaN]) assertThrows(request({ transferTimeout }), RangeError);
  assertEquals(new NetworkRequest("http://a/", { maxRedirects: Infinity }).maxRedirects, Infinity);
});
