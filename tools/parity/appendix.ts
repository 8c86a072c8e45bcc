/**
 * Compares the names with a list of them in Markdown tables, class by class.
 *
 * @module
 */
import type { QtGroup } from "./names.ts";

/** The names of a table's row: `| Class | methods | signals | hooks |` or `| Class | Enum | values |`. */
function* namesOf(row: string, isEnumTable: boolean): Generator<string> {
  const [owner, ...cells] = row.replaceAll("\\|", "OR").split("|").slice(1, -1)
    .map((cell) => cell.trim());
  const kind = isEnumTable ? `${cells.shift()}::` : "";
  for (const name of cells.join(", ").split(",")) {
    const bare = name.replace(/=.*/, "").trim();
    if (bare !== "" && bare !== "-") yield `${owner}::${kind}${bare}`;
  }
}

/** The names in Markdown that are not among ours. */
export function missingNames(groups: readonly QtGroup[], markdown: string): string[] {
  const ours = new Set(
    groups.flatMap(({ classes }) => classes).flatMap(({ name, lists }) =>
      lists.flatMap(({ kind, names }) =>
        names.map((one) => /^[A-Z]/.test(kind) ? `${name}::${kind}::${one}` : `${name}::${one}`)
      )
    ),
  );
  let isEnumTable = false;
  const theirs: string[] = [];
  for (const line of markdown.split("\n")) {
    if (line.startsWith("| Class |")) isEnumTable = line.startsWith("| Class | Enum");
    else if (/^\| Q\w+ \|/.test(line)) theirs.push(...namesOf(line, isEnumTable));
  }
  return theirs.filter((name) => !ours.has(name));
}
