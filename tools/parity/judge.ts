/**
 * Judges each of Qt's names against what is really exported.
 *
 * @module
 */
import { type Api, findMember, stringLiterals } from "../api.ts";
import type { ClassDecision, Decisions, Note } from "./decision.ts";
import { isEnum, type NameList, type QtClass } from "./names.ts";
import { generalNote, getterOf, wordOf } from "./naming.ts";

/** One line of the answer. */
export interface Verdict {
  /** Qt's names: a getter and its setter, or one value of an enum. */
  readonly qt: readonly string[];
  /** "method", "signal", "hook", or the enum's name. */
  readonly kind: string;
  readonly state: "done" | "planned" | "different" | "absent";
  /** The name here, or how it is done in another way, or why it is not here. */
  readonly text: string;
  /** The issue that brings what is planned. */
  readonly issue?: number;
}

/** A class with the verdict on each of its names. */
export interface JudgedClass {
  readonly name: string;
  readonly here: string;
  readonly verdicts: readonly Verdict[];
}

/** Judges classes against the API and notes in `problems` what contradicts the decisions. */
export class Judge {
  readonly problems: string[] = [];
  readonly #api: Api;
  readonly #decisions: Decisions;

  constructor(api: Api, decisions: Decisions) {
    this.#api = api;
    this.#decisions = decisions;
  }

  judge(qtClass: QtClass): JudgedClass {
    const decision = this.#decisions[qtClass.name];
    const here = decision?.here ?? qtClass.name.slice(1);
    if (!decision) {
      this.problems.push(`${qtClass.name}: nothing is decided`);
      return { name: qtClass.name, here, verdicts: [] };
    }
    this.#judgeNotes(qtClass, decision);
    const one = new ClassJudge(
      { api: this.#api, decision, here, problems: this.problems },
      qtClass,
    );
    return { name: qtClass.name, here, verdicts: qtClass.lists.flatMap((list) => one.judge(list)) };
  }

  /** A note on a name that Qt does not have is a slip of the pen. */
  #judgeNotes({ name, lists }: QtClass, { notes = {}, unions = {} }: ClassDecision): void {
    const known = new Set(
      lists.flatMap((list) =>
        isEnum(list)
          ? [list.kind, ...list.names.map((value) => `${list.kind}::${value}`)]
          : list.names
      ),
    );
    const used = [...Object.keys(notes).flatMap((key) => key.split(" ")), ...Object.keys(unions)];
    for (const key of used) {
      if (!known.has(key)) this.problems.push(`${name}: a note on ${key}, which Qt does not have`);
    }
  }
}

interface Case {
  readonly api: Api;
  readonly decision: ClassDecision;
  readonly here: string;
  readonly problems: string[];
}

class ClassJudge {
  readonly #case: Case;
  readonly #class: QtClass;
  readonly #notes: ReadonlyMap<string, Note>;

  constructor(one: Case, qtClass: QtClass) {
    this.#case = one;
    this.#class = qtClass;
    this.#notes = new Map(
      Object.entries(one.decision.notes ?? {})
        .flatMap(([keys, note]) => keys.split(" ").map((key): [string, Note] => [key, note])),
    );
  }

  judge(list: NameList): Verdict[] {
    if (isEnum(list)) return list.names.map((value) => this.#judgeValue(list.kind, value));
    const kind = list.kind.slice(0, -1);
    const setters = new Map<string, string>();
    for (const name of list.names) {
      const getter = getterOf(name, list.names);
      if (getter && this.#notes.get(getter) === this.#notes.get(name)) setters.set(getter, name);
    }
    const folded = new Set(setters.values());
    return list.names.filter((name) => !folded.has(name)).map((name) => {
      const setter = setters.get(name);
      return this.#judgeMember(setter ? [name, setter] : [name], kind);
    });
  }

  #judgeMember(qt: readonly string[], kind: string): Verdict {
    const { api, decision, here } = this.#case;
    const name = qt[0]!;
    const isHere = findMember(api, `${here}.${name}`) !== null;
    const note = this.#notes.get(name) ?? decision.whole ??
      (isHere ? undefined : generalNote(name, decision.value ?? false));
    return this.#verdict({ qt, kind, note, isHere, text: `\`${name}\`` });
  }

  #judgeValue(kind: string, value: string): Verdict {
    const word = wordOf(value, kind);
    const note = this.#notes.get(`${kind}::${value}`) ?? this.#notes.get(kind) ??
      this.#case.decision.whole ?? generalNote(value, false);
    const isHere = this.#wordsOf(kind).has(word);
    return this.#verdict({ qt: [value], kind, note, isHere, text: `"${word}"` });
  }

  /** The words of the union that stands for an enum. */
  #wordsOf(kind: string): Set<string> {
    const { api, decision, here } = this.#case;
    const path = decision.unions?.[kind];
    const guesses = [`${here}${kind}Code`, `${here}${kind}`, `${kind}Code`, kind];
    const found = path ??
      guesses.find((guess) => api.get(guess)?.some((one) => one.kind === "typeAlias"));
    return stringLiterals(found ? this.#find(found) : null);
  }

  /** Finds `Symbol`, `Symbol.member` or a member of our class. */
  #find(path: string): unknown {
    const { api, here } = this.#case;
    if (path.includes(".")) return findMember(api, path);
    return api.get(path) ?? findMember(api, `${here}.${path}`);
  }

  #verdict(
    { qt, kind, note, isHere, text }: Pick<Verdict, "qt" | "kind" | "text"> & {
      note: Note | undefined;
      isHere: boolean;
    },
  ): Verdict {
    if (note?.kind === "different") return { qt, kind, state: "different", text: note.text };
    if (note?.kind === "absent") {
      if (isHere) this.#complain(qt, `is said to be absent, but is here as ${text}`);
      return { qt, kind, state: "absent", text: note.text };
    }
    if (note?.kind === "named") {
      const word = /^"(.*)"$/.exec(note.name)?.[1];
      const exists = word === undefined
        ? Boolean(this.#find(note.name))
        : this.#wordsOf(kind).has(word);
      return this.#doneOrPlanned({ qt, kind, exists, text: word ? note.name : `\`${note.name}\`` });
    }
    if (note?.kind === "planned") {
      if (isHere) this.#complain(qt, `is said to be planned, but is here as ${text}`);
      return { qt, kind, state: "planned", text, issue: note.issue };
    }
    return this.#doneOrPlanned({ qt, kind, exists: isHere, text });
  }

  #doneOrPlanned(
    { qt, kind, exists, text }: Pick<Verdict, "qt" | "kind" | "text"> & { exists: boolean },
  ): Verdict {
    if (exists) return { qt, kind, state: "done", text };
    const { decision } = this.#case;
    if (decision.done) this.#complain(qt, `is not here as ${text}, and no note says why`);
    return { qt, kind, state: "planned", text, issue: decision.issue };
  }

  #complain(qt: readonly string[], what: string): void {
    this.#case.problems.push(`${this.#class.name}::${qt.join(", ")} ${what}`);
  }
}
