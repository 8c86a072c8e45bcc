/**
 * Signals: lists of callbacks, called in order and at once.
 *
 * The slot list is replaced, never changed, when something connects or disconnects: an emission
 * under way walks the list that it began with. A slot connected by a slot waits for the next
 * emission; one disconnected by a slot is not called any more (as in Qt).
 *
 * @module
 */
import { InvalidStateError, LimitExceededError } from "./error.ts";
import { reportLater, reportRejection } from "./_report.ts";
import { abortable, Waiters, type WaitOptions } from "./_wait.ts";

/** What {@linkcode Signal.connect} gives back: ends the connection, also by `using`. */
export interface SignalConnection extends Disposable {
  /** Whether the slot will be called by the next emission. */
  readonly connected: boolean;
  /** Ends the connection; a second call does nothing. */
  disconnect(): void;
}

/** Options of {@linkcode Signal.connect}. */
export interface ConnectOptions {
  /** Disconnects before the first call. */
  once?: boolean;
  /** Disconnects when it aborts. */
  signal?: AbortSignal;
}

class Slot<A extends readonly unknown[]> implements SignalConnection {
  connected = true;
  readonly call: (...args: A) => unknown;
  readonly once: boolean;
  readonly #remove: (slot: Slot<A>) => void;
  readonly #signal: AbortSignal | undefined;

  constructor(
    call: (...args: A) => unknown,
    { once = false, signal, remove }: ConnectOptions & { remove: (slot: Slot<A>) => void },
  ) {
    this.call = call;
    this.once = once;
    this.#remove = remove;
    this.#signal = signal;
    signal?.addEventListener("abort", this.#abort);
  }

  disconnect(): void {
    if (!this.connected) return;
    this.connected = false;
    this.#signal?.removeEventListener("abort", this.#abort);
    this.#remove(this);
  }

  [Symbol.dispose](): void {
    this.disconnect();
  }

  readonly #abort = (): void => this.disconnect();
}

/** Unread emissions that one iterator keeps before it gives up, unless told otherwise. */
const ITERATOR_LIMIT = 1024;

const NO_SLOTS: readonly never[] = [];

/**
 * A signal that objects emit and callbacks ("slots") listen to, as Qt's signals and slots.
 *
 * Slots run synchronously, in the order in which they were connected. A slot that throws does not
 * keep the others from running: its error is reported once the emission is over, as is the
 * rejection of a promise that a slot returns. In Deno a reported error ends the process, as for
 * any listener; a server that must survive it listens for it:
 *
 * ```ts ignore
 * globalThis.addEventListener("error", (event) => event.preventDefault());
 * globalThis.addEventListener("unhandledrejection", (event) => event.preventDefault());
 * ```
 *
 * @example
 * ```ts
 * import { Signal } from "@quayside/quayside/core";
 * import { assertEquals } from "@std/assert";
 *
 * const temperatureChanged = new Signal<[degrees: number]>();
 * const seen: number[] = [];
 * using _connection = temperatureChanged.connect((degrees) => seen.push(degrees));
 * temperatureChanged.emit(21);
 * assertEquals(seen, [21]);
 * ```
 *
 * @typeParam A What an emission carries.
 */
export class Signal<A extends readonly unknown[] = []> {
  #slots: readonly Slot<A>[] = NO_SLOTS;
  #endings: Set<() => void> | null = null;
  #ended = false;

  /** How many slots are connected. */
  get listenerCount(): number {
    return this.#slots.length;
  }

  /**
   * Calls `slot` at every emission from now on.
   *
   * @param slot Called with what the emission carries; what it throws is reported.
   * @param options `once`: for one emission; `signal`: until it aborts.
   * @returns The connection, to end it.
   */
  connect(slot: (...args: A) => unknown, options: ConnectOptions = {}): SignalConnection {
    const added = new Slot<A>(slot, { ...options, remove: (gone) => this.#remove(gone) });
    this.#slots = [...this.#slots, added];
    if (options.signal?.aborted) added.disconnect();
    return added;
  }

  /**
   * Disconnects a slot, or all of them.
   *
   * @param slot The function given to {@linkcode connect}; all slots when left out.
   * @returns Whether anything was connected.
   */
  disconnect(slot?: (...args: A) => void): boolean {
    const gone = this.#slots.filter((each) => slot === undefined || each.call === slot);
    for (const each of gone) each.disconnect();
    return gone.length > 0;
  }

  /**
   * Calls all slots, in the order in which they were connected, before it returns.
   *
   * @param args What the slots are given.
   */
  emit(...args: A): void {
    const slots = this.#slots;
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i]!;
      if (!slot.connected) continue;
      if (slot.once) slot.disconnect();
      try {
        const result = slot.call(...args);
        if (result !== undefined) reportRejection(result);
      } catch (error) {
        reportLater(error);
      }
    }
  }

  /**
   * Waits for the next emission.
   *
   * @param options `signal` to give up, `timeout` in milliseconds (none by default).
   * @returns What that emission carries.
   * @throws {InvalidStateError} The sender has ended, or ends meanwhile.
   * @throws {DOMException} "TimeoutError" after the timeout; the signal's reason when it aborts.
   */
  next(options: WaitOptions = {}): Promise<A> {
    if (this.#ended) return Promise.reject(ended());
    return abortable<A>((resolve, reject) => {
      const connection = this.connect((...args: A) => resolve(args), { once: true });
      const over = this.#onEnd(() => reject(ended()));
      return () => {
        connection.disconnect();
        over();
      };
    }, options);
  }

  /**
   * Says that nothing will be emitted any more: iterators finish, {@linkcode next} rejects. Called
   * by the signal's owner.
   */
  end(): void {
    this.#ended = true;
    const endings = this.#endings;
    this.#endings = null;
    endings?.forEach((ending) => ending());
  }

  /** Takes {@linkcode end} back, for an owner that can be opened again. */
  restart(): void {
    this.#ended = false;
  }

  /** Iterates over the emissions from the call on; see {@linkcode emissions}. */
  [Symbol.asyncIterator](): AsyncIterableIterator<A> {
    return this.emissions();
  }

  /**
   * Iterates over the emissions from the call on, until the sender ends.
   *
   * @param options `limit`: how many unread emissions are kept, 1 024 by default.
   * @returns The iterator; it throws {@linkcode LimitExceededError} after the emissions kept when
   * more than `limit` came unread.
   */
  emissions(options: { limit?: number } = {}): AsyncIterableIterator<A> {
    const { limit = ITERATOR_LIMIT } = options;
    const unread: A[] = [];
    const waiters = new Waiters();
    let state: "open" | "overrun" | "ended" = this.#ended ? "ended" : "open";
    const stop = (why: "overrun" | "ended") => {
      if (state === "open") state = why;
      connection.disconnect();
      over();
      waiters.wake();
    };
    const connection = this.connect((...args: A) => {
      if (unread.length >= limit) return stop("overrun");
      unread.push(args);
      waiters.wake();
    });
    const over = this.#onEnd(() => stop("ended"));
    if (state === "ended") stop("ended");
    const take = (): IteratorResult<A> | undefined => {
      const value = unread.shift();
      if (value !== undefined) return { done: false, value };
      if (state === "open") return undefined;
      if (state === "ended") return { done: true, value: undefined };
      state = "ended";
      const so = `${limit} are unread`;
      throw new LimitExceededError("limit", `Cannot keep more emissions for an iterator: ${so}`);
    };
    return {
      next: () => waiters.until(take),
      return: () => {
        unread.length = 0;
        stop("ended");
        return Promise.resolve({ done: true, value: undefined });
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  #onEnd(ending: () => void): () => void {
    const endings = this.#endings ??= new Set();
    endings.add(ending);
    return () => endings.delete(ending);
  }

  #remove(slot: Slot<A>): void {
    this.#slots = this.#slots.filter((each) => each !== slot);
  }
}

function ended(): InvalidStateError {
  return new InvalidStateError("Cannot wait for an emission: the sender has ended");
}
