import { assertEquals } from "@std/assert";
import plugin from "../../tools/lint_plugin.ts";

/** Each rule with code that it refuses and code that it lets pass, in the file where it stands. */
const cases: Record<string, { bad: [file: string, code: string][]; good: [string, string][] }> = {
  layers: {
    bad: [
      ["protocol/a.ts", `import { b } from "../core/b.ts";`],
      ["protocol/a.ts", `import { delay } from "@std/async";`],
      ["core/a.ts", `import { b } from "../net/b.ts";`],
      ["core/a.ts", `export * from "../http/b.ts";`],
      ["core/a.ts", `import { b } from "node:net";`],
      ["net/a.ts", `import { b } from "../tls/engine/b.ts";`],
      ["net/a.ts", `const b = await import("../tls/ssl_socket.ts");`],
      ["tls/engine/a.ts", `import { b } from "../ssl_socket.ts";`],
      ["http/a.ts", `import { b } from "../net/mod.ts";`],
      ["http/_layers/a.ts", `import { b } from "../../ipc/b.ts";`],
      ["ipc/a.ts", `import { b } from "../net/b.ts";`],
      ["ipc/a.ts", `import { b } from "../tests/_support/b.ts";`],
      ["cli/a.ts", `import { b } from "../net/b.ts";`],
      ["cli/a.ts", `import { b } from "../mod.ts";`],
    ],
    good: [
      ["protocol/a.ts", `import { b } from "./b.ts";`],
      ["core/a.ts", `export { b } from "../protocol/b.ts";`],
      ["core/a.ts", `import { delay } from "@std/async";`],
      ["core/a.ts", `const net = await import("node:net");`],
      ["core/a.ts", `import type { Socket } from "node:net";`],
      ["net/a.ts", `import { b } from "../core/_dial.ts";`],
      ["net/a.ts", `const b = await import("../tls/engine/b.ts");`],
      ["net/a.ts", `import { type B } from "../tls/engine/b.ts";`],
      ["net/mod.ts", `export * from "../protocol/host_address.ts";`],
      ["tls/a.ts", `import { b } from "./engine/b.ts";`],
      ["http/a.ts", `import { b } from "../tls/engine/b.ts";`],
      ["cli/a.ts", `import { parseArgs } from "node:util";\nimport { b } from "../net/mod.ts";`],
      ["mod.ts", `export * from "./net/mod.ts";`],
      ["tests/net/a_test.ts", `import { b } from "../../net/_b.ts";`],
    ],
  },
  "pure-protocol": {
    bad: [
      ["protocol/a.ts", `Deno.cwd();`],
      ["protocol/a.ts", `const a = Date.now();`],
      ["protocol/a.ts", `let a: Promise<void>;`],
      ["protocol/a.ts", `setTimeout(() => {}, 1);`],
      ["protocol/a.ts", `Math.random();`],
      ["protocol/a.ts", `crypto.randomUUID();`],
      ["protocol/a.ts", `const a = async () => {};`],
      ["protocol/a.ts", `await 1;`],
    ],
    good: [
      ["protocol/a.ts", `const a = { Date: 1 }; a.Date; Math.max(1, 2); class B { fetch() {} }`],
      ["core/a.ts", `await Promise.resolve(Date.now());`],
    ],
  },
  "no-enum": {
    bad: [["net/a.ts", `enum A { b }`], ["tests/a.ts", `enum A { b }`]],
    good: [["net/a.ts", `type A = "b";`]],
  },
  "no-access-keyword": {
    bad: [
      ["net/a.ts", `class A { private b = 1; }`],
      ["net/a.ts", `class A { public b(): void {} }`],
      ["net/a.ts", `class A { constructor(private b: number) {} }`],
    ],
    good: [["net/a.ts", `class A { #b = 1; protected c = 1; d(): void {} }`]],
  },
  "positional-parameters": {
    bad: [
      ["net/a.ts", `function f(a: number, b: number, c: number, d: number) {}`],
      ["net/a.ts", `export function f(a: number, b: number, c: number) {}`],
      ["net/a.ts", `export class A { f(a: number, b: number, c = 1) {} }`],
      ["net/a.ts", `export class A { constructor(a: number, b: number, c: string) {} }`],
    ],
    good: [
      ["net/a.ts", `function f(a: number, b: number, c: number) {}`],
      ["net/_a.ts", `export function f(a: number, b: number, c: number) {}`],
      ["net/a.ts", `export class A { #f(a: number, b: number, c: number) {} }`],
      ["net/a.ts", `export function f(a: number, b: number, options: { c?: number } = {}) {}`],
      ["net/a.ts", `export function f(a: number, b: number, wait?: WaitOptions) {}`],
      ["net/a.ts", `export function f(a: number, b: number, { c = 1 } = {}) {}`],
      ["net/a.ts", `export function f(a: number, b: number, ...rest: number[]) {}`],
      [
        "net/a.ts",
        `export class A { writeDatagram(data: string, address: string, port: number) {} }`,
      ],
    ],
  },
  "function-length": {
    bad: [["net/a.ts", `function f() {\n${"f();\n".repeat(39)}}`]],
    good: [["net/a.ts", `function f() {\n${"// why\n\nf();\n".repeat(38)}}`]],
  },
  "error-message": {
    bad: [
      ["net/a.ts", `throw new TypeError("bad port");`],
      ["net/a.ts", `throw new RangeError("Cannot listen: port 70000 is out of range.");`],
      ["net/a.ts", "throw new RangeError(`${port} is out of range`);"],
      ["net/a.ts", `new SocketError("network", "it broke", { cause });`],
      ["net/a.ts", `throw new TypeError("port " + port + " is out of range");`],
    ],
    good: [
      ["net/a.ts", `throw new TypeError("Cannot listen: the port is no number");`],
      ["net/a.ts", "throw new RangeError(`Cannot listen: port ${port}`);"],
      ["net/a.ts", `new SocketError("network", "Cannot write: it broke", { cause });`],
      ["net/a.ts", `new SocketError("network", message);`],
      ["tests/net/a_test.ts", `throw new Error("boom");`],
    ],
  },
  "no-console": {
    bad: [["core/a.ts", `console.log(1);`]],
    good: [["cli/a.ts", `console.log(1);`], ["examples/a.ts", `console.log(1);`]],
  },
};

for (const [rule, { bad, good }] of Object.entries(cases)) {
  const found = ([file, code]: [string, string]) =>
    Deno.lint.runPlugin(plugin, file, code).filter(({ id }) => id === `quayside/${rule}`).length;

  Deno.test(`lint rule ${rule} refuses what it names`, () => {
    for (const one of bad) assertEquals(found(one), 1, one.join(": "));
  });
  Deno.test(`lint rule ${rule} lets the rest pass`, () => {
    for (const one of good) assertEquals(found(one), 0, one.join(": "));
  });
}

Deno.test("lint plugin has a test for each rule", () => {
  assertEquals(Object.keys(cases).sort(), Object.keys(plugin.rules).sort());
});
