import { assertEquals } from "@std/assert";
import { hasCode, needsTest, possibleSources, testOf } from "../../tools/check_mirror.ts";

Deno.test("needsTest() asks for public files", () => {
  const files = ["net/tcp_socket.ts", "net/_connect.ts", "http/_layers/cache.ts", "net/mod.ts"];
  assertEquals(files.filter(needsTest), ["net/tcp_socket.ts"]);
});

Deno.test("hasCode() tells types from code", () => {
  assertEquals(hasCode("export interface A {}\nexport type B = 1;\n"), false);
  assertEquals(hasCode("export abstract class A {}\n"), true);
  assertEquals(hasCode("/** A. */\nexport function a() {}\n"), true);
});

Deno.test("testOf() mirrors the tree", () => {
  assertEquals(testOf("net/tcp_socket.ts"), "tests/net/tcp_socket_test.ts");
});

Deno.test("possibleSources() lets tests be split and private files have their own", () => {
  const sources = possibleSources("tests/net/tcp_socket_close_test.ts");
  assertEquals(sources.includes("net/tcp_socket.ts"), true);
  assertEquals(
    possibleSources("tests/core/dial_plan_test.ts").includes("core/_dial_plan.ts"),
    true,
  );
  assertEquals(possibleSources("tests/core/_dial_test.ts").includes("core/_dial.ts"), true);
});
