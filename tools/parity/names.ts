/**
 * Reads `tools/parity_data/qt_names.txt`: Qt's names, without any judgement.
 *
 * @module
 */

/** One line of a class: its methods, signals or hooks, or the values of an enum. */
export interface NameList {
  /** "methods", "signals", "hooks", or the enum's name. */
  readonly kind: string;
  readonly names: readonly string[];
}

/** A class of Qt. */
export interface QtClass {
  readonly name: string;
  readonly lists: readonly NameList[];
}

/** Classes that belong together. */
export interface QtGroup {
  readonly title: string;
  readonly classes: readonly QtClass[];
}

/** Whether a list holds an enum's values. */
export function isEnum({ kind }: NameList): boolean {
  return /^[A-Z]/.test(kind);
}

/** Reads the groups from the text: `# group`, then a class, then its lists, indented. */
export function readNames(text: string): QtGroup[] {
  return text.split(/^# /m).slice(1).map((group) => {
    const [title, ...classes] = group.split("\n\n");
    return { title: title!.trim(), classes: classes.filter((c) => c.trim() !== "").map(readClass) };
  });
}

function readClass(text: string): QtClass {
  const [name, ...lines] = text.trim().split("\n");
  const lists = lines.join(" ").split(/ (?=\w+:)/).filter((list) => list.trim() !== "");
  return {
    name: name!,
    lists: lists.map((list) => {
      const [kind, names] = list.trim().split(":");
      return { kind: kind!, names: names!.trim().split(/\s+/) };
    }),
  };
}
