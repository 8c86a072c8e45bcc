import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { HttpHeaders } from "../../protocol/http_headers.ts";

Deno.test("HttpHeaders keeps order, letter case and duplicates", () => {
  const headers = new HttpHeaders([["B", "1"], ["a", "2"]]).append("b", "3").append("A", "4");
  assertEquals([...headers], [["B", "1"], ["a", "2"], ["b", "3"], ["A", "4"]]);
  assertEquals(headers.size, 4);
});

Deno.test("HttpHeaders is made of a record, pairs, Headers or HttpHeaders", () => {
  const pairs = [["accept", "*/*"], ["x-a", "1"]] as [string, string][];
  const record = new HttpHeaders(Object.fromEntries(pairs));
  for (const init of [pairs, new Headers(pairs), record, new Map(pairs)]) {
    assertEquals([...new HttpHeaders(init)], pairs);
  }
  assertEquals([...record], pairs);
  assertEquals(new HttpHeaders().size, 0);
});

Deno.test("HttpHeaders made of HttpHeaders is a copy", () => {
  const first = new HttpHeaders({ a: "1" });
  const second = new HttpHeaders(first).append("b", "2");
  assertEquals([first.size, second.size], [1, 2]);
});

Deno.test("HttpHeaders.get() compares without case and joins", () => {
  const headers = new HttpHeaders([["Via", "a"], ["X", ""], ["VIA", "b"]]);
  assertEquals(headers.get("via"), "a, b");
  assertEquals(headers.get("x"), "");
  assertStrictEquals(headers.get("y"), null);
});

Deno.test("HttpHeaders.values() never joins", () => {
  const headers = new HttpHeaders([["Set-Cookie", "a=1; Expires=Sun, 06"], ["set-cookie", "b"]]);
  assertEquals(headers.values("SET-COOKIE"), ["a=1; Expires=Sun, 06", "b"]);
  assertEquals(headers.values("cookie"), []);
});

Deno.test("HttpHeaders.set() replaces in place and drops the others of that name", () => {
  const headers = new HttpHeaders([["a", "1"], ["B", "2"], ["c", "3"], ["b", "4"], ["d", "5"]]);
  assertStrictEquals(headers.set("b", "x"), headers);
  assertEquals([...headers], [["a", "1"], ["b", "x"], ["c", "3"], ["d", "5"]]);
  assertEquals([...headers.set("e", "y")].at(-1), ["e", "y"]);
  assertThrows(() => headers.set("b", "\n"), TypeError);
  assertEquals(headers.get("b"), "x");
});

Deno.test("HttpHeaders.delete() removes all of a name and says whether there was one", () => {
  const headers = new HttpHeaders([["a", "b"], ["B", "2"], ["b", "a"]]);
  assertEquals([headers.delete("b"), headers.delete("b"), headers.has("b")], [true, false, false]);
  assertEquals([...headers], [["a", "b"]]);
});

Deno.test("HttpHeaders trims spaces and tabs around values, nothing else", () => {
  const headers = new HttpHeaders({ a: " \t x \t y\t ", b: "\xa0", c: " \t" });
  assertEquals(headers.values("a"), ["x \t y"]);
  assertEquals([headers.get("b"), headers.get("c")], ["\xa0", ""]);
});

Deno.test("HttpHeaders takes every token as a name and nothing else", () => {
  assertEquals(new HttpHeaders({ "!#$%&'*+-.^_`|~09azAZ": "" }).size, 1);
  for (const name of ["", "a b", "a:", "ä", "a\n", "\0", "(", "a/b", '"']) {
    assertThrows(() => new HttpHeaders().append(name, "x"), TypeError, "not a token");
  }
});

Deno.test("HttpHeaders refuses values that would end the field or are no bytes", () => {
  assertEquals(new HttpHeaders({ a: "\xff\x01\t\x7f" }).get("a"), "\xff\x01\t\x7f");
  for (const value of ["a\r\nb: c", "a\nb", "a\rb", "a\0b", "€", "a\n"]) {
    assertThrows(() => new HttpHeaders({ a: value }), TypeError, "header a");
  }
});

Deno.test("HttpHeaders trims long white space in linear time", () => {
  const value = "a" + " ".repeat(200_000) + "b";
  assertEquals(new HttpHeaders({ a: value }).get("a"), value);
});

Deno.test("HttpHeaders.toHeaders() has the same fields", () => {
  const headers = new HttpHeaders([["B", "é"], ["Set-Cookie", "a"], ["set-cookie", "b"]]);
  const standard = headers.toHeaders();
  assert(standard instanceof Headers);
  assertEquals(standard.get("b"), "é");
  assertEquals(standard.getSetCookie(), ["a", "b"]);
});
