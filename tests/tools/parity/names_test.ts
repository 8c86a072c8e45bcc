import { assertEquals } from "@std/assert";
import { readNames } from "../../../tools/parity/names.ts";

Deno.test("readNames() reads groups, classes and lists over several lines", () => {
  const text = "Preface.\n\n# One\n\nQA\n  methods: a b\n    c\n  Kind: X Y\n\nQB\n\n# Two\n";
  assertEquals(readNames(text), [
    {
      title: "One",
      classes: [
        {
          name: "QA",
          lists: [{ kind: "methods", names: ["a", "b", "c"] }, { kind: "Kind", names: ["X", "Y"] }],
        },
        { name: "QB", lists: [] },
      ],
    },
    { title: "Two", classes: [] },
  ]);
});
