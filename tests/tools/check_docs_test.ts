import { assertEquals } from "@std/assert";
import { anchorOf, brokenLinks, namedTasks } from "../../tools/check_docs.ts";

Deno.test("anchorOf() writes GitHub's anchors", () => {
  assertEquals(anchorOf("Who may `import` whom?"), "who-may-import-whom");
});

Deno.test("brokenLinks() finds files and headings that are not there", () => {
  const page = "# Here\n[a](LICENSE) [b](./nowhere.md) [c](#here) [d](#there) [e](https://x.y)\n" +
    "`[f](no)`\n```md\n[g](no)\n```\n";
  assertEquals(brokenLinks("STYLE.md", page), [
    "STYLE.md links to ./nowhere.md, which is not there",
    "STYLE.md links to #there, a heading that is not there",
  ]);
});

Deno.test("namedTasks() finds tasks in commands", () => {
  assertEquals(namedTasks("npx -y deno@2.9.6 task demo\ndeno task test:peers"), [
    "demo",
    "test:peers",
  ]);
});
