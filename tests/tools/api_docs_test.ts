import { assertEquals } from "@std/assert";
import type { Api, Declaration } from "../../tools/api.ts";
import { judgeApi } from "../../tools/api_docs.ts";

const location = { filename: "a.ts", line: 1 };

function judge(declaration: Omit<Declaration, "location">): string[] {
  const api: Api = new Map([["a", [{ location, ...declaration }]]]);
  return judgeApi(api);
}

Deno.test("judgeApi() wants an example of what one makes, wherever it stands", () => {
  const example = { tags: [{ kind: "example" }] };
  assertEquals(judge({ kind: "class", def: {} }), ["a has no @example"]);
  assertEquals(judge({ kind: "function", def: {} }), ["a has no @example"]);
  assertEquals(judge({ kind: "class", def: {}, jsDoc: example }), []);
  assertEquals(
    judge({ kind: "class", def: { methods: [{ name: "b", jsDoc: example }] } }),
    [],
  );
  assertEquals(judge({ kind: "class", def: { isAbstract: true } }), []);
  assertEquals(judge({ kind: "class", def: { extends: "SocketError" } }), []);
  assertEquals(judge({ kind: "interface", def: {} }), []);
});

Deno.test("judgeApi() compares described with real parameters", () => {
  const params = [{ kind: "identifier", name: "x" }, {
    kind: "assign",
    left: { kind: "identifier", name: "options" },
  }];
  const tags = [{ kind: "example" }, { kind: "param", name: "options.y" }, {
    kind: "param",
    name: "z",
  }];
  assertEquals(judge({ kind: "function", def: { params }, jsDoc: { tags } }), [
    "a does not describe its parameter x",
    "a describes a parameter z that it does not have",
  ]);
  const members = [{ name: "b", functionDef: { params }, jsDoc: { tags } }];
  assertEquals(judge({ kind: "interface", def: { methods: members } }), [
    "a.b describes a parameter z that it does not have",
  ]);
});
