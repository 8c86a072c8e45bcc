import { assertEquals, assertStringIncludes } from "@std/assert";
import { hostAndPort, PermissionError } from "../../core/permission_error.ts";

Deno.test("PermissionError says what was needed, which flag gives it and who refused", () => {
  const error = new PermissionError({ name: "net", host: "[::1]:80" });
  assertEquals(error.flag, "--allow-net=[::1]:80");
  assertEquals(error.refusedBy, "process");
  assertStringIncludes(error.message, "it needs --allow-net=[::1]:80");
  const scoped = new PermissionError({ name: "net" }, { refusedBy: "scope" });
  assertStringIncludes(scoped.message, "its scope does not allow it");
});

Deno.test("hostAndPort() writes IPv6 addresses in brackets, once", () => {
  assertEquals(hostAndPort("::1", 80), "[::1]:80");
  assertEquals(hostAndPort("[::1]", 80), "[::1]:80");
  assertEquals(hostAndPort("example.com", 443), "example.com:443");
});
