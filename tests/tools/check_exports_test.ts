import { assertEquals, assertStringIncludes } from "@std/assert";
import { readModule, subpath, withExports } from "../../tools/check_exports.ts";

Deno.test("readModule() lists exports and finds what does not belong", () => {
  const doc = "/**\n * Sockets.\n *\n * @module\n */\n";
  assertEquals(readModule(`${doc}export * from "./a.ts";\nexport * from "../b.ts";\n`), {
    specifiers: ["./a.ts", "../b.ts"],
    problems: [],
  });
  const { problems } = readModule(`export { a } from "./a.ts";\n`);
  assertEquals(problems.length, 2);
});

Deno.test("subpath() writes a file's name with hyphens", () => {
  assertEquals(subpath("net", "net/tcp_socket.ts"), "./net/tcp-socket");
  assertEquals(subpath("net", "protocol/host_address.ts"), "./net/host-address");
  assertEquals(subpath("ipc/dbus", "ipc/dbus/types.ts"), "./ipc/dbus/types");
});

Deno.test("withExports() leaves the rest of deno.json as it is", () => {
  const text = `{\n  "name": "a",\n  "exports": {\n    ".": "./b.ts"\n  },\n  "imports": {}\n}\n`;
  const wanted = withExports(text, { ".": "./mod.ts", "./net": "./net/mod.ts" });
  assertStringIncludes(wanted, `"./net": "./net/mod.ts"\n  },\n  "imports"`);
  assertEquals(JSON.parse(wanted).name, "a");
});
