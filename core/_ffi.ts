/**
 * The one floor under everything that calls C: shared memory, semaphores, descriptors, credentials,
 * packet information, OpenSSL.
 *
 * A library is opened by absolute paths alone, because `--allow-ffi=/abs/path` grants exactly those
 * and a bare name would be looked for in folders that the environment chooses. The first path that
 * is granted and holds the library wins; nothing ever prompts.
 *
 * Handles are shared by all users of a library and closed with the last of them, so that a test
 * that opened one leaves nothing behind. Symbols are opened one by one when they are first used:
 * Deno compiles a trampoline for each, and 25 of them take 4 ms. Whoever lives long and opens many
 * short-lived users (a server) holds a handle of its own, and they cost nothing.
 *
 * Which process may call which library is checked here; what is called is up to the one file that
 * each library has (`core/_libc.ts`). Addresses are plain numbers: no `Deno.UnsafePointer`, which
 * would need `--allow-ffi` without a path.
 */
import { InvalidStateError, NetworkingError } from "./error.ts";
import { track } from "./_ffi_live.ts";
import { likeliestPath } from "./_ffi_paths.ts";
import { PermissionError, PermissionScope } from "./permission.ts";

export { liveObjects, track } from "./_ffi_live.ts";
export { type Bytes, cString, Memory, memorySymbols } from "./_ffi_memory.ts";
export { likeliestPath, systemPaths } from "./_ffi_paths.ts";
export { type ErrnoCode, errnoCode, ErrnoError, errnoNumber } from "./_ffi_errno.ts";
export { type FieldType, type FieldValue, type Struct, struct } from "./_ffi_struct.ts";

/** Functions as Deno declares them. */
type Functions = Deno.ForeignLibraryInterface;

/** A library: where it may lie, and what we call of it. */
export interface LibrarySpec<S extends Functions> {
  /** Its name in sentences, for example "libc". */
  readonly name: string;
  /** Absolute paths, the most usual first; {@linkcode systemPaths} makes them. */
  readonly paths: readonly string[];
  /** The functions; Deno's `name` tells when C's name is another. */
  readonly symbols: S;
  /** Functions without which the library at a path is the wrong one, and the next path is tried. */
  readonly requires?: readonly (keyof S & string)[];
}

/** The functions of a library, as TypeScript sees them. */
export type LibrarySymbols<S extends Functions> = Deno.DynamicLibrary<S>["symbols"];

/** What {@linkcode openLibrary} takes besides. */
export interface LibraryOptions {
  /** Narrows which libraries may be opened; whatever the process was granted when left out. */
  scope?: PermissionScope;
}

/** A library or a function of it is not there. */
export class LibraryError extends NetworkingError {
  /** The class's name, for printing. */
  override readonly name: string = "LibraryError";
  /** What is missing. */
  declare readonly code: "libraryNotFound" | "symbolNotFound";
}

/**
 * Opens a library, or shares the handle that is open already. Close it with `using`.
 *
 * @throws {PermissionError} If no path is granted; it names the flag for the one that exists.
 * @throws {LibraryError} If none of the granted paths holds it; the message says what was tried.
 */
export function openLibrary<S extends Functions>(
  spec: LibrarySpec<S>,
  { scope = PermissionScope.process }: LibraryOptions = {},
): Library<S> {
  const tried: string[] = [];
  let isGranted = false;
  for (const path of spec.paths) {
    const need = { name: "ffi", path } as const;
    if (!scope.allows(need)) {
      tried.push(`${path} (it needs --allow-ffi=${path})`);
      continue;
    }
    isGranted = true;
    try {
      return new Library(share(spec, path));
    } catch (error) {
      if (!(error instanceof LibraryError)) throw error;
      tried.push(`${path} (${reason(error.cause)})`);
    }
  }
  if (!isGranted && spec.paths.length > 0) throw refusal(spec.paths);
  const so = tried.length > 0 ? `tried ${tried.join(", ")}` : `unknown on ${Deno.build.os}`;
  throw new LibraryError("libraryNotFound", `Cannot open ${spec.name}: ${so}`);
}

/** One user's hold on a library. */
export class Library<S extends Functions> implements Disposable {
  readonly #live: Disposable;
  #shared: Shared<S> | null;

  /** Takes part in a library; only {@linkcode openLibrary} makes one. */
  constructor(shared: Shared<S>) {
    this.#shared = shared;
    this.#live = track(`library ${shared.spec.name}`);
    shared.users++;
  }

  /** The path that it was found at. */
  get path(): string {
    return this.#open.path;
  }

  /**
   * Its functions. Call them as they stand (`library.symbols.getpid()`): that is what V8 makes a
   * direct call of.
   *
   * @throws {LibraryError} At the first use of one that the library lacks.
   */
  get symbols(): LibrarySymbols<S> {
    return this.#open.symbols;
  }

  /** Whether the library has a function: newer versions have more. */
  has(name: keyof S & string): boolean {
    return this.#open.has(name);
  }

  /** Lets go; the last user closes the library. */
  [Symbol.dispose](): void {
    const shared = this.#shared;
    if (shared === null) return;
    this.#shared = null;
    this.#live[Symbol.dispose]();
    if (--shared.users === 0) shared.close();
  }

  get #open(): Shared<S> {
    if (this.#shared === null) throw closedError();
    return this.#shared;
  }
}

/** What all users of a library share: the handles that Deno gave. */
class Shared<S extends Functions> {
  readonly spec: LibrarySpec<S>;
  readonly path: string;
  readonly symbols: LibrarySymbols<S>;
  users = 0;
  readonly #handles: Deno.DynamicLibrary<Functions>[] = [];

  constructor(spec: LibrarySpec<S>, path: string) {
    this.spec = spec;
    this.path = path;
    const required = spec.requires ?? [];
    const found = this.#load(required);
    // Getters on the prototype, what they found on the object itself: so it keeps a fast shape.
    this.symbols = Object.create(this.#lazySymbols());
    for (const name of required) keep(this.symbols, { name, value: found[name] });
  }

  has(name: keyof S & string): boolean {
    try {
      return this.symbols[name] !== undefined;
    } catch (error) {
      if (error instanceof LibraryError) return false;
      throw error;
    }
  }

  close(): void {
    opened.delete(this);
    // Whoever kept `symbols` meets the getters again, which refuse: the code may be unmapped now.
    for (const name of Object.keys(this.symbols)) Reflect.deleteProperty(this.symbols, name);
    for (const handle of this.#handles.splice(0)) handle.close();
  }

  #lazySymbols(): object {
    const prototype = {};
    const load = (name: keyof S & string) => {
      if (this.users === 0) throw closedError();
      return this.#load([name])[name];
    };
    for (const name of Object.keys(this.spec.symbols)) {
      Object.defineProperty(prototype, name, {
        get(): unknown {
          const value = load(name);
          keep(this, { name, value });
          return value;
        },
      });
    }
    return prototype;
  }

  /** Opens the library once more, for these symbols: for each, Deno compiles a trampoline. */
  #load(names: readonly (keyof S & string)[]): Record<string, unknown> {
    const { path, spec } = this;
    const symbols = Object.fromEntries(names.map((name) => [name, spec.symbols[name]!]));
    try {
      const handle = Deno.dlopen(path, symbols);
      this.#handles.push(handle);
      return handle.symbols;
    } catch (cause) {
      const missing = /Failed to register symbol ([^:]+)/.exec(`${cause}`)?.[1];
      if (missing === undefined) {
        throw new LibraryError("libraryNotFound", `Cannot open ${path}: ${reason(cause)}`, {
          cause,
        });
      }
      const so = `${path} has no such function`;
      throw new LibraryError("symbolNotFound", `Cannot use ${missing} of ${spec.name}: ${so}`, {
        cause,
      });
    }
  }
}

/** The libraries that somebody uses: handles are what a process may share. */
const opened = new Set<unknown>();

function share<S extends Functions>(
  spec: LibrarySpec<S>,
  path: string,
): Shared<S> {
  for (const shared of opened as Set<Shared<S>>) {
    if (shared.spec === spec && shared.path === path) return shared;
  }
  const shared = new Shared(spec, path);
  opened.add(shared);
  return shared;
}

function keep(object: object, { name, value }: { name: string; value: unknown }): void {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true });
}

function closedError(): InvalidStateError {
  return new InvalidStateError("Cannot call a function of a library: it was closed");
}

function refusal(paths: readonly string[]): PermissionError {
  const path = paths.find((path) => PermissionScope.process.allows({ name: "ffi", path }));
  // A path that the process was granted can only have been refused by the scope.
  if (path !== undefined) return new PermissionError({ name: "ffi", path }, { refusedBy: "scope" });
  return new PermissionError({ name: "ffi", path: likeliestPath(paths) });
}

/** What the loader said: Deno and it put the path before it, each once. */
function reason(cause: unknown): string {
  const symbol = /undefined symbol: (\S+)|Failed to register symbol (\w+)/.exec(`${cause}`);
  if (symbol) return `no function ${symbol[1] ?? symbol[2]}`;
  return `${cause}`.replace(/^.*: /s, "").replace(/^[A-Z](?=[a-z])/, (c) => c.toLowerCase());
}
