import { assertEquals } from "@std/assert";
import { countCodeLines } from "../../tools/code_lines.ts";

Deno.test("countCodeLines() leaves out comments and blank lines", () => {
  const source = [
    "/** One line. */",
    "/**",
    " * Many",
    " */",
    "",
    "const a = 1; // counted",
    "  // not counted",
    "/* nor this */",
    "/* nor this,",
    "which ends here */",
    "const b = 2;",
  ];
  assertEquals(countCodeLines(source.join("\n")), 2);
});
