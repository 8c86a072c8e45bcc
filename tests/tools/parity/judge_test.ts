import { assertEquals, assertMatch } from "@std/assert";
import type { Api, Declaration } from "../../../tools/api.ts";
import {
  absent,
  type ClassDecision,
  different,
  named,
  planned,
} from "../../../tools/parity/decision.ts";
import { Judge } from "../../../tools/parity/judge.ts";
import { readNames } from "../../../tools/parity/names.ts";

const location = { filename: "a.ts", line: 1 };
const literal = (string: string) => ({ kind: "literal", value: { kind: "string", string } });
const api: Api = new Map<string, Declaration[]>([
  ["Base", [{ kind: "class", location, def: { methods: [{ name: "close" }] } }]],
  ["A", [{
    kind: "class",
    location,
    def: { extends: "Base", properties: [{ name: "port" }, { name: "other" }] },
  }]],
  ["State", [{
    kind: "typeAlias",
    location,
    def: { tsType: { kind: "union", value: [literal("open"), literal("shut")] } },
  }]],
]);

function judge(lists: string, decision: ClassDecision | null) {
  const judge = new Judge(api, decision ? { QA: decision } : {});
  const [group] = readNames(`# One\n\nQA\n${lists}`);
  const { verdicts } = judge.judge(group!.classes[0]!);
  const lines = verdicts.map(({ qt, state, text, issue }) =>
    [qt.join(), state, text, ...issue ? [issue] : []].join(" ")
  );
  return { lines, problems: judge.problems };
}

Deno.test("Judge folds setters, finds inherited members, plans what is missing", () => {
  const { lines, problems } = judge("  methods: port setPort close gone", { issue: 7 });
  assertEquals(lines, [
    "port,setPort done `port`",
    "close done `close`",
    "gone planned `gone` 7",
  ]);
  assertEquals(problems, []);
});

Deno.test("Judge finds the words of an enum in the union of its name", () => {
  const { lines } = judge("  State: OpenState ShutState LostState", { issue: 7 });
  assertEquals(lines, [
    'OpenState done "open"',
    'ShutState done "shut"',
    'LostState planned "lost" 7',
  ]);
});

Deno.test("Judge follows notes", () => {
  const { lines, problems } = judge("  methods: a b c d\n  State: X", {
    issue: 7,
    notes: {
      "a": named("other"),
      "b": different("so"),
      "c": absent("why"),
      "d": planned(9),
      "State::X": named('"shut"'),
    },
  });
  assertEquals(lines, [
    "a done `other`",
    "b different so",
    "c absent why",
    "d planned `d` 9",
    'X done "shut"',
  ]);
  assertEquals(problems, []);
});

Deno.test("Judge reports what contradicts the exports", () => {
  const rows: [lists: string, ClassDecision | null, RegExp][] = [
    ["  methods: a", null, /nothing is decided/],
    ["  methods: a", { issue: 7, notes: { b: absent("why") } }, /b, which Qt does not have/],
    ["  methods: port", { issue: 7, notes: { port: absent("why") } }, /said to be absent/],
    ["  methods: port", { issue: 7, notes: { port: planned(9) } }, /said to be planned/],
    ["  methods: a", { issue: 7, done: true }, /a is not here as `a`/],
    ["  methods: a", { issue: 7, done: true, notes: { a: named("b") } }, /not here as `b`/],
  ];
  for (const [lists, decision, expected] of rows) {
    const { problems } = judge(lists, decision);
    assertEquals(problems.length, 1, lists);
    assertMatch(problems[0]!, expected);
  }
});
