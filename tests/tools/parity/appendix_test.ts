import { assertEquals } from "@std/assert";
import { missingNames } from "../../../tools/parity/appendix.ts";
import { readNames } from "../../../tools/parity/names.ts";

Deno.test("missingNames() compares methods, signals, hooks and enum values", () => {
  const groups = readNames("# One\n\nQA\n  methods: a\n  signals: s\n  Kind: X\n");
  const markdown = [
    "| Class | Public methods (names) | Signals | Protected hooks |",
    "| QA | a, b | s | - |",
    "| Class | Enum | Values |",
    "| QA | Kind | X = 1, Y = X \\| 2 |",
    "| QB | Kind | X |",
  ];
  assertEquals(missingNames(groups, markdown.join("\n")), ["QA::b", "QA::Kind::Y", "QB::Kind::X"]);
});
