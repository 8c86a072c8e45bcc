/**
 * The environment of a process.
 *
 * @module
 */
import { PermissionScope } from "../core/permission.ts";

/** Options of {@linkcode ProcessEnvironment}. */
export interface ProcessEnvironmentOptions {
  /** Whether the variables come on top of this process's own; false by default. */
  inheritsFromParent?: boolean;
}

/**
 * The variables that a {@linkcode Process} starts its program with, after QProcessEnvironment.
 *
 * One that {@linkcode inheritsFromParent} hands this process's own variables on without reading
 * them, so that no permission is needed, and its own variables come on top; any other is all that
 * the program sees. On Windows the case of names does not matter.
 *
 * @example
 * ```ts
 * import { Process, ProcessEnvironment } from "@quayside/quayside/ipc";
 * import { assertEquals } from "@std/assert";
 *
 * const environment = new ProcessEnvironment({ inheritsFromParent: true });
 * environment.insert("GREETING", "hello");
 * await using shell = new Process({ environment });
 * shell.start("sh", ["-c", "printf %s $GREETING"]);
 * await shell.waitForFinished();
 * assertEquals(new TextDecoder().decode(shell.readAll()), "hello");
 * ```
 */
export class ProcessEnvironment implements Iterable<[name: string, value: string]> {
  /** Whether the program sees this process's own variables too. */
  readonly inheritsFromParent: boolean;
  /** By the name as it is compared: its own spelling, and the value. */
  readonly #variables = new Map<string, [name: string, value: string]>();

  /**
   * An environment without variables of its own.
   *
   * @param options `inheritsFromParent`: false by default.
   */
  constructor(options: ProcessEnvironmentOptions = {}) {
    this.inheritsFromParent = options.inheritsFromParent ?? false;
  }

  /**
   * A copy of this process's environment.
   *
   * Needs `--allow-env`.
   *
   * @throws {PermissionError} It is not granted.
   */
  static systemEnvironment(): ProcessEnvironment {
    PermissionScope.process.require({ name: "env" });
    return ProcessEnvironment.from(Deno.env.toObject());
  }

  /**
   * An environment of exactly these variables.
   *
   * @param variables By their names.
   * @throws {TypeError} A name or a value cannot be one.
   */
  static from(variables: Readonly<Record<string, string>>): ProcessEnvironment {
    const environment = new ProcessEnvironment();
    for (const [name, value] of Object.entries(variables)) environment.insert(name, value);
    return environment;
  }

  /** Whether there are no variables in it; those of the parent do not count. */
  get isEmpty(): boolean {
    return this.#variables.size === 0;
  }

  /** Removes all variables; those of the parent are still handed on. */
  clear(): void {
    this.#variables.clear();
  }

  /** Whether a variable is in it. */
  contains(name: string): boolean {
    return this.#variables.has(compared(name));
  }

  /**
   * Sets a variable, or all those of another environment.
   *
   * @param name Not empty, without "=" and NUL; or an environment.
   * @param value Without NUL.
   * @throws {TypeError} The name or the value cannot be one.
   */
  insert(name: string | ProcessEnvironment, value = ""): void {
    if (typeof name !== "string") {
      for (const [each, its] of name) this.insert(each, its);
      return;
    }
    // Windows has variables such as "=C:" of its own.
    if (name === "" || name.includes("=", 1) || name.includes("\0")) {
      const so = 'it is empty, or has "=" or NUL in it';
      throw new TypeError(`Cannot insert a variable named ${JSON.stringify(name)}: ${so}`);
    }
    if (value.includes("\0")) {
      throw new TypeError(`Cannot insert the variable ${name}: its value has NUL in it`);
    }
    this.#variables.set(compared(name), [name, value]);
  }

  /** Removes a variable, if it is in it; one of the parent's is still handed on. */
  remove(name: string): void {
    this.#variables.delete(compared(name));
  }

  /**
   * The value of a variable.
   *
   * @param name Which one.
   * @param defaultValue What to give when it is not in it: "" when left out.
   */
  value(name: string, defaultValue = ""): string {
    return this.#variables.get(compared(name))?.[1] ?? defaultValue;
  }

  /** The names of all variables, in the order in which they were inserted. */
  keys(): string[] {
    return [...this].map(([name]) => name);
  }

  /** The variables as "NAME=value". */
  toStringList(): string[] {
    return [...this].map(([name, value]) => `${name}=${value}`);
  }

  /** The names and values, in the order in which they were inserted. */
  [Symbol.iterator](): IterableIterator<[name: string, value: string]> {
    return this.#variables.values();
  }
}

function compared(name: string): string {
  return Deno.build.os === "windows" ? name.toUpperCase() : name;
}
