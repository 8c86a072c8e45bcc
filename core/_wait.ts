/**
 * The one way in which this library waits: for a condition, a timeout or an `AbortSignal`,
 * whichever comes first.
 *
 * @module
 */
import type { PermissionScope } from "./permission.ts";

/** How long to wait, and what ends the wait early. */
export interface WaitOptions {
  /** Ends the wait when it aborts: the promise rejects with its reason. */
  signal?: AbortSignal;
  /** Milliseconds to wait at the most; -1 waits for ever. */
  timeout?: number;
}

/** What a call that opens something takes besides. */
export interface OpenOptions extends WaitOptions {
  /** Narrows what may be opened; whatever the process was granted when left out. */
  scope?: PermissionScope;
}

/** What `waitFor…` methods wait when they are told nothing, in milliseconds (as in Qt). */
export const DEFAULT_WAIT = 30_000;

/** The longest time that `setTimeout` can wait: 24 days, which is for ever here. */
export const LONGEST_TIMEOUT: number = 2 ** 31 - 1;

/** The error with which a promise rejects when its time is over. */
export function timeoutError(milliseconds: number): DOMException {
  return new DOMException(`Timed out after ${milliseconds} ms`, "TimeoutError");
}

/**
 * A promise that also ends by a timeout or an abort, and cleans up whichever way it ends.
 *
 * @param start Starts the work; what it returns is called once, when the promise has settled.
 * @param options A timeout rejects with {@linkcode timeoutError}, an abort with the signal's
 * reason. An already aborted signal rejects before `start` is called.
 */
export function abortable<T>(
  start: (resolve: (value: T) => void, reject: (reason: unknown) => void) => () => void,
  options: WaitOptions,
): Promise<T> {
  const { signal, timeout = -1 } = options;
  if (signal?.aborted) return Promise.reject(signal.reason);
  return new Promise<T>((resolve, reject) => {
    let settled = false;
    let cleanUp = () => {};
    const finish = (settle: () => void) => {
      if (settled) return;
      settled = true;
      if (timer !== undefined) clearTimeout(timer);
      signal?.removeEventListener("abort", aborted);
      cleanUp();
      settle();
    };
    const aborted = () => finish(() => reject(signal!.reason));
    const timer = timeout < 0 || timeout > LONGEST_TIMEOUT
      ? undefined
      : setTimeout(() => finish(() => reject(timeoutError(timeout))), timeout);
    signal?.addEventListener("abort", aborted);
    cleanUp = start(
      (value) => finish(() => resolve(value)),
      (reason) => finish(() => reject(reason)),
    );
    if (settled) cleanUp();
  });
}

/**
 * Those who wait for an object's state. The object calls {@linkcode wake} after every change;
 * conditions look at the state itself, so a wait that begins after the change succeeds at once.
 */
export class Waiters {
  readonly #checks = new Set<() => void>();

  /** Lets everyone who waits look at the state again. */
  wake(): void {
    for (const check of this.#checks) check();
  }

  /**
   * Waits until `decide` says something.
   *
   * @param decide Called now and after every {@linkcode wake}; `undefined` means not yet. What it
   * throws rejects the promise.
   * @param options `timeout` in milliseconds, none by default; `signal`.
   */
  until<T>(decide: () => T | undefined, options: WaitOptions = {}): Promise<T> {
    if (!options.signal?.aborted) {
      try {
        const already = decide();
        if (already !== undefined) return Promise.resolve(already);
      } catch (error) {
        return Promise.reject(error);
      }
    }
    const { signal, timeout = -1 } = options;
    if (signal !== undefined || timeout >= 0) {
      return abortable((resolve, reject) => {
        const end = this.#watch(decide, { resolve, reject });
        // The first timer under `deno test` runs microtasks while it is made: look again.
        this.wake();
        return end;
      }, options);
    }
    return new Promise((resolve, reject) => {
      const end = this.#watch(decide, {
        resolve: (value) => (end(), resolve(value)),
        reject: (reason) => (end(), reject(reason)),
      });
    });
  }

  #watch<T>(
    decide: () => T | undefined,
    settle: { resolve(value: T): void; reject(reason: unknown): void },
  ): () => void {
    const check = () => {
      try {
        const decided = decide();
        if (decided !== undefined) settle.resolve(decided);
      } catch (error) {
        settle.reject(error);
      }
    };
    this.#checks.add(check);
    return () => this.#checks.delete(check);
  }

  /**
   * The shape of every `waitFor…`: a timeout gives false, only an abort rejects.
   *
   * @param decide True: it came. False: it can no longer come. `undefined`: not yet.
   * @param wait Milliseconds (-1: for ever), or options.
   */
  async waitFor(
    decide: () => boolean | undefined,
    wait: number | WaitOptions = DEFAULT_WAIT,
  ): Promise<boolean> {
    const { timeout = DEFAULT_WAIT, signal } = typeof wait === "number" ? { timeout: wait } : wait;
    try {
      return await this.until(decide, signal ? { timeout, signal } : { timeout });
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (error instanceof DOMException && error.name === "TimeoutError") return false;
      throw error;
    }
  }
}
