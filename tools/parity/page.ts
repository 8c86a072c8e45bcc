/**
 * Writes the verdicts as a page.
 *
 * @module
 */
import type { JudgedClass, Verdict } from "./judge.ts";

/** A group of judged classes. */
export interface JudgedGroup {
  readonly title: string;
  readonly classes: readonly JudgedClass[];
}

const head = `<!-- Written by tools/parity.ts from tools/parity_data/; change those. -->

# Parity with Qt

Every class, public method, signal, protected hook and enum value of Qt's networking and IPC
(headers of qtbase 6.11.2, the add-on modules 6.9, QFtp 2014), and what became of it here.

- **done**: exported, checked against the real exports.
- **planned #n**: comes with step n of the plan (the number in the issue's title), under this name.
- **different**: what it does is done in another way, on purpose.
- **not here**: and why.

How names follow from Qt's: a getter and its setter are one property; an enum is a union of
strings, without the type's own words; every class loses its Q.
`;

const stateWords = {
  done: "done",
  planned: "planned",
  different: "different",
  absent: "not here",
} as const;
const states = Object.keys(stateWords) as (keyof typeof stateWords)[];

/** The page in Markdown. */
export function writePage(groups: readonly JudgedGroup[]): string {
  const parts = groups.map(({ title, classes }) =>
    `## ${title}\n\n${classes.map(writeClass).join("\n")}`
  );
  return `${head}\n${writeCounts(groups)}\n${parts.join("\n")}`;
}

function writeCounts(groups: readonly JudgedGroup[]): string {
  const row = (title: string, verdicts: readonly Verdict[]) => {
    const counts = states.map((state) => verdicts.filter((v) => v.state === state).length);
    return `| ${[title, verdicts.length, ...counts].join(" | ")} |\n`;
  };
  const all = groups.map(({ title, classes }) =>
    [title, classes.flatMap((one) => one.verdicts)] as const
  );
  return `| Group | Lines | ${states.map((state) => stateWords[state]).join(" | ")} |\n` +
    `| --- | --: | --: | --: | --: | --: |\n` +
    all.map(([title, verdicts]) => row(title, verdicts)).join("") +
    row("**All**", all.flatMap(([, verdicts]) => verdicts));
}

function writeClass({ name, here, verdicts }: JudgedClass): string {
  const rows = [
    ...verdicts.filter(({ kind }) => !isEnumKind(kind)).map(writeMember),
    ...writeEnums(verdicts.filter(({ kind }) => isEnumKind(kind))),
  ];
  const onlyAbsent = verdicts.every(({ state }) => state === "absent" || state === "different");
  const title = onlyAbsent ? name : `${name}: \`${here}\``;
  return `### ${title}\n\n| Qt | Here | State |\n| --- | --- | --- |\n${rows.join("")}`;
}

function isEnumKind(kind: string): boolean {
  return /^[A-Z]/.test(kind);
}

function writeMember({ qt, kind, ...rest }: Verdict): string {
  const word = kind === "method" ? "" : ` (${kind})`;
  return `| ${qt.join(", ")}${word} | ${rest.text} | ${writeState(rest)} |\n`;
}

/** Values of one enum with the same fate share a row. */
function writeEnums(verdicts: readonly Verdict[]): string[] {
  const rows = new Map<string, Verdict[]>();
  for (const verdict of verdicts) {
    const { kind, state, issue, text } = verdict;
    const why = state === "absent" || state === "different" ? text : issue;
    const key = `${kind}/${state}/${why}`;
    rows.set(key, [...rows.get(key) ?? [], verdict]);
  }
  return [...rows.values()].map((row) => {
    const { kind, ...rest } = row[0]!;
    const values = row.flatMap(({ qt }) => qt).join(", ");
    const here = [...new Set(row.map(({ text }) => text))].join(", ");
    return `| ${kind}: ${values} | ${here} | ${writeState(rest)} |\n`;
  });
}

function writeState({ state, issue }: Pick<Verdict, "state" | "issue">): string {
  return state === "planned" ? `planned #${issue}` : stateWords[state];
}
