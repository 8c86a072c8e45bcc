/**
 * Checks the documentation: links lead somewhere, examples type-check, commands exist, every public
 * class that one makes and every public function shows an example, no file is too long to read.
 *
 * @module
 */
import { readApi } from "./api.ts";
import { judgeApi } from "./api_docs.ts";
import { countCodeLines, maxFileLines } from "./code_lines.ts";
import { conclude, deno, exists, filesIn, read, root } from "./tree.ts";

/** The anchor that a heading gets on GitHub. */
export function anchorOf(heading: string): string {
  return heading.trim().toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").replace(/\s/g, "-");
}

/** The anchors of all headings of a page. */
function anchors(markdown: string): Set<string> {
  return new Set([...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading!)));
}

/** The links of a page within the repository that lead nowhere. */
export function brokenLinks(page: string, markdown: string): string[] {
  const prose = markdown.replace(/^```.*?^```/gms, "").replace(/`[^`\n]*`/g, "");
  const broken: string[] = [];
  for (const [, link] of prose.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z]+:/.test(link!)) continue;
    const [path, anchor] = link!.split("#");
    const file = path ? new URL(path, `file:///${page}`).pathname.slice(1) : page;
    if (path && !exists(file)) broken.push(`${page} links to ${link}, which is not there`);
    else if (anchor && file.endsWith(".md")) {
      const headings = anchors(path ? read(file) : markdown);
      if (!headings.has(anchor)) {
        broken.push(`${page} links to ${link}, a heading that is not there`);
      }
    }
  }
  return broken;
}

/** The tasks that a page names in commands. */
export function namedTasks(markdown: string): string[] {
  return [...markdown.matchAll(/\bdeno(?:@[\d.]+)? task ([\w:-]+)/g)].map(([, task]) => task!);
}

if (import.meta.main) {
  const pages = filesIn("", ".md");
  const problems = pages.flatMap((page) => brokenLinks(page, read(page)));
  const { tasks } = JSON.parse(read("deno.json")) as { tasks: Record<string, unknown> };
  for (const page of pages) {
    for (const task of namedTasks(read(page))) {
      if (!(task in tasks)) problems.push(`${page} names a task ${task} that deno.json lacks`);
    }
  }
  for (const file of filesIn("", ".ts")) {
    const lines = countCodeLines(Deno.readTextFileSync(new URL(file, root)));
    if (lines > maxFileLines) problems.push(`${file} has ${lines} lines of code`);
  }
  problems.push(...judgeApi(await readApi()));
  const { success, output } = await deno("check", "--doc-only", ...pages);
  if (!success) problems.push(`Examples on pages do not type-check:\n${output}`);
  conclude("docs", problems);
}
