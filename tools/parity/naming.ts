/**
 * How Qt's names become ours, where nothing else was decided.
 *
 * @module
 */
import { absent, different, type Note } from "./decision.ts";

/** `ConnectionRefusedError` of `SocketError` is `connectionRefused`: without the enum's own words. */
export function wordOf(value: string, enumName: string): string {
  const words = enumName.match(/[A-Z][a-z0-9]*/g) ?? [];
  const runs = words.flatMap((_, i) => words.map((_, j) => words.slice(i, j + 1).join("")))
    .filter((run) => run !== "").sort((a, b) => b.length - a.length);
  const end = runs.find((run) => new RegExp(`.${run}s?$`).test(value));
  if (end) return lowerCamel(value.replace(new RegExp(`${end}s?$`), ""));
  const start = new RegExp(`^${words[0]}(?=[A-Z])`);
  return lowerCamel(value.replace(start, ""));
}

/** `TLSAFoo` is `tlsaFoo`, `IPv4` is `ipv4`, `Name` is `name`. */
export function lowerCamel(name: string): string {
  return name.replace(/^([A-Z]+)(?=[A-Z][a-z]{2})|^[A-Z]+/, (start) => start.toLowerCase());
}

/** The getter that a setter folds into, if Qt has it: a property here. */
export function getterOf(setter: string, names: readonly string[]): string | undefined {
  const stem = /^set([A-Z]\w*)$/.exec(setter)?.[1];
  if (!stem) return undefined;
  const getters = [lowerCamel(stem), stem[0]!.toLowerCase() + stem.slice(1), `is${stem}`];
  return getters.find((getter) => names.includes(getter));
}

const rules: readonly [RegExp, Note][] = [
  [/^bindable/, absent("no bindable properties: a property that changes has its signal")],
  [
    /^(read|readLine|skip|write)Data$/,
    different("a device is written against `Transport`: implement that instead"),
  ],
  [
    /^(connectNotify|disconnectNotify|internalPointer|handle|metaObject|qt_meta(call|cast))$/,
    absent("Qt's object system and C++ interior"),
  ],
  [/^(set)?(socket|native)Descriptor$/i, absent("Deno hands out no descriptor of a connection")],
  [/^isSequential$/, absent("every device here is sequential")],
  [/Implementation$/, absent("a hook between Qt's own classes")],
  [/AsDuration$/, absent("times are numbers of milliseconds")],
  [/^(NoError|NoOptions)$/, different("`null`, or an empty set")],
  [/^NumKnownHeaders$|^LastErrorType$|^UserMax$/, absent("a number that only bounds the enum")],
];

const valueRules: readonly [RegExp, Note][] = [
  [/^(isNull|isValid)$/, different("a value is always valid; `null` stands for none")],
  [/^(clear|detach)$/, absent("values do not change; make a new one")],
];

/** What holds for a name in every class. */
export function generalNote(name: string, isValue: boolean): Note | undefined {
  return [...rules, ...isValue ? valueRules : []].find(([pattern]) => pattern.test(name))?.[1];
}
