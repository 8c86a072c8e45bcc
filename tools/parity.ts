/**
 * Writes docs/qt-parity.md: what became of each of Qt's names, by the decisions in
 * `tools/parity_data/` and by what is really exported. With `--check` it writes nothing and fails
 * when the page is stale or a decision contradicts the exports. With `--against=FILE` it only says
 * which names in the Markdown tables of FILE are missing.
 *
 * @module
 */
import { readApi } from "./api.ts";
import { decisions } from "./parity_data/mod.ts";
import { missingNames } from "./parity/appendix.ts";
import { Judge } from "./parity/judge.ts";
import { type QtGroup, readNames } from "./parity/names.ts";
import { writePage } from "./parity/page.ts";
import { conclude, exists, read, root } from "./tree.ts";

const page = "docs/qt-parity.md";

/** Judges all classes; `problems` are what contradicts the decisions. */
async function write(groups: readonly QtGroup[]): Promise<{ text: string; problems: string[] }> {
  const judge = new Judge(await readApi(), decisions);
  const text = writePage(groups.map(({ title, classes }) => ({
    title,
    classes: classes.map((one) => judge.judge(one)),
  })));
  const known = new Set(groups.flatMap(({ classes }) => classes.map(({ name }) => name)));
  const unknown = Object.keys(decisions).filter((name) => !known.has(name))
    .map((name) => `${name}: decided, but Qt does not have it`);
  return { text, problems: [...judge.problems, ...unknown] };
}

if (import.meta.main) {
  const groups = readNames(read("tools/parity_data/qt_names.txt"));
  const against = Deno.args.find((arg) => arg.startsWith("--against="))?.slice(10);
  if (against) {
    conclude("names", missingNames(groups, Deno.readTextFileSync(against)));
  } else {
    const { text, problems } = await write(groups);
    if (!Deno.args.includes("--check")) {
      Deno.mkdirSync(new URL("docs", root), { recursive: true });
      Deno.writeTextFileSync(new URL(page, root), text);
    } else if (!exists(page) || read(page) !== text) {
      problems.push(`${page} is stale: run \`deno task fix\``);
    }
    conclude("parity", problems);
  }
}
