/**
 * What was looked up a short while ago or is being looked up now.
 */

/** How much a cache keeps, and for how long. */
export interface HostCacheOptions {
  /** The most entries, beyond which the least recently used goes; 128 by default, as in Qt. */
  readonly maxEntries?: number;
  /** How long an entry is good, in milliseconds; 60 000 by default, as in Qt. */
  readonly maxAge?: number;
  /** The time in milliseconds, on a clock that only goes forward. */
  readonly now?: () => number;
}

/** Values by name. Equal names in flight share one look-up; failures are not kept. */
export class HostCache<T> {
  readonly #maxEntries: number;
  readonly #maxAge: number;
  readonly #now: () => number;
  /** The least recently used first. */
  readonly #entries = new Map<string, { readonly value: T; readonly until: number }>();
  readonly #inFlight = new Map<string, Promise<T>>();

  constructor(options: HostCacheOptions = {}) {
    this.#maxEntries = options.maxEntries ?? 128;
    this.#maxAge = options.maxAge ?? 60_000;
    this.#now = options.now ?? (() => performance.now());
  }

  /** The value of a name, looked up unless it is known. */
  find(name: string, lookUp: () => Promise<T>): Promise<T> {
    const entry = this.#entries.get(name);
    this.#entries.delete(name);
    if (entry !== undefined && entry.until > this.#now()) {
      this.#entries.set(name, entry);
      return Promise.resolve(entry.value);
    }
    return this.#inFlight.get(name) ?? this.#start(name, lookUp());
  }

  /** Forgets everything; a look-up in flight serves those who wait for it and nobody else. */
  clear(): void {
    this.#entries.clear();
    this.#inFlight.clear();
  }

  #start(name: string, found: Promise<T>): Promise<T> {
    const over = () => this.#inFlight.get(name) === found && this.#inFlight.delete(name);
    this.#inFlight.set(name, found);
    found.then((value) => over() && this.#keep(name, value), over);
    return found;
  }

  #keep(name: string, value: T): void {
    this.#entries.set(name, { value, until: this.#now() + this.#maxAge });
    if (this.#entries.size <= this.#maxEntries) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }
}
