/**
 * Waiting until descriptors of our own (made by FFI) can be read or written: one epoll, one eventfd
 * and at most one thread of Deno's pool for the whole library, however many wait.
 *
 * ```text
 * somebody waits      → epoll_ctl arms the descriptor (the kernel wakes a call that is pending)
 * a ref'd one waits   → epoll_wait as a nonblocking call: a thread of the pool, ≈ 30 µs to wake
 * only unref'd ones   → a timer that is unref'd looks every 10 ms: a pending call would keep the
 *                       process alive, and cannot be unref'd
 * nobody waits        → the eventfd lets the pending call return; descriptors are closed when
 *                       nobody holds the poller either
 * ```
 *
 * Being ready is a hint: another reader may have been faster, or the number is another's by now. So
 * repeat the call, and wait again on EAGAIN.
 *
 * Linux only: elsewhere waiting rejects with a LibraryError.
 */
import { ErrnoError, errnoNumber, type LibraryOptions, track } from "./_ffi.ts";
import { Epoll } from "./_ffi_epoll.ts";
import { Libc } from "./_libc.ts";
import { abortable, type OpenOptions } from "./_wait.ts";

/** How to wait for a descriptor. */
export interface PollOptions extends OpenOptions {
  /** Whether waiting keeps the process alive; true by default. {@linkcode setPollRef} changes it. */
  ref?: boolean;
}

/**
 * Waits until a descriptor can be read: there is data, the end, an error, or a connection to
 * accept.
 *
 * @throws {ErrnoError} (rejects) EBADF if it is not open, or when {@linkcode abandon} is called;
 * EPERM for regular files and folders, which are always ready.
 * @throws {PermissionError} (rejects) If libc is not granted.
 */
export function waitReadable(fd: number, options: PollOptions = {}): Promise<void> {
  return wait({ fd, side: "readers" }, options);
}

/** Waits until a descriptor can be written, its other side is gone or it has an error. */
export function waitWritable(fd: number, options: PollOptions = {}): Promise<void> {
  return wait({ fd, side: "writers" }, options);
}

/**
 * Call this before closing a descriptor: who waits for it is told (ErrnoError EBADF). The kernel
 * forgets a closed descriptor without a word, and who waits would wait for ever.
 */
export function abandon(fd: number): void {
  poller.abandon(fd, () =>
    new ErrnoError(errnoNumber("EBADF"), "epoll_wait", {
      doing: `wait for descriptor ${fd}: it was closed meanwhile`,
    }));
}

/** Whether those who wait for a descriptor now keep the process alive. */
export function setPollRef(fd: number, isRef: boolean): void {
  poller.setRef(fd, isRef);
}

/**
 * Keeps the poller's descriptors open between waits: for those who wait often. It costs nothing
 * while nobody waits, and does not keep the process alive.
 *
 * @throws {PermissionError} If libc is not granted.
 * @throws {LibraryError} Where there is no epoll.
 */
export function holdPoller(options: LibraryOptions = {}): Disposable {
  poller.acquire(options);
  let isHeld = true;
  return {
    [Symbol.dispose]() {
      if (isHeld) poller.release();
      isHeld = false;
    },
  };
}

/** Resolves when no call is pending that nobody waits for: what closes something awaits it. */
export function pollerIdle(): Promise<void> {
  return poller.idle();
}

type Side = "readers" | "writers";
interface Target {
  readonly fd: number;
  readonly side: Side;
}
interface Waiter {
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
  isRef: boolean;
}

async function wait(target: Target, options: PollOptions): Promise<void> {
  if (!(Number.isInteger(target.fd) && target.fd >= 0)) {
    throw new RangeError(`Cannot wait for descriptor ${target.fd}: expected a number, 0 or more`);
  }
  try {
    await abortable<void>((resolve, reject) => {
      const waiter = { resolve, reject, isRef: options.ref ?? true };
      try {
        return poller.join(target, waiter, options);
      } catch (error) {
        reject(error);
        return () => {};
      }
    }, options);
  } catch (error) {
    // Nothing is left of a wait that failed: not even the call, which has to be woken.
    await poller.idle();
    throw error;
  }
}

/** Who waits for one descriptor. */
class Entry {
  readonly readers = new Set<Waiter>();
  readonly writers = new Set<Waiter>();

  get wantsReadable(): boolean {
    return this.readers.size > 0;
  }

  get wantsWritable(): boolean {
    return this.writers.size > 0;
  }

  get isEmpty(): boolean {
    return !this.wantsReadable && !this.wantsWritable;
  }

  get waiters(): readonly Waiter[] {
    return [...this.readers, ...this.writers];
  }
}

class Poller {
  readonly #entries = new Map<number, Entry>();
  #epoll: Epoll | null = null;
  #users = 0;
  /** Waiters that keep the process alive. */
  #refs = 0;
  #loop: Promise<void> | null = null;
  /** Settles when somebody begins to wait, for those who wait for the loop's end. */
  #takenOver: PromiseWithResolvers<void> | null = null;
  /** How the loop sleeps, and what ends it. */
  #sleep: { readonly kind: "call" | "timer"; readonly wake: () => void } | null = null;

  acquire(options: LibraryOptions): Epoll {
    // Who holds it has shown that the process may; a scope has to be asked each time.
    if (this.#epoll === null || options.scope) {
      const libc = new Libc(options);
      if (this.#epoll) libc[Symbol.dispose]();
      else this.#epoll = new Epoll(libc);
    }
    this.#users++;
    return this.#epoll!;
  }

  release(): void {
    this.#users--;
    this.#closeIfUnused();
  }

  join({ fd, side }: Target, waiter: Waiter, options: LibraryOptions): () => void {
    const epoll = this.acquire(options);
    const live = track("wait for a descriptor");
    let entry = this.#entries.get(fd);
    if (entry === undefined) this.#entries.set(fd, entry = new Entry());
    entry[side].add(waiter);
    if (waiter.isRef) this.#refs++;
    this.#takenOver?.resolve();
    this.#takenOver = null;
    const error = epoll.arm(fd, entry);
    if (error) reject(entry.waiters, error);
    else this.#wakeOrStart();
    return () => {
      entry[side].delete(waiter);
      if (waiter.isRef) this.#refs--;
      if (entry.isEmpty) this.#entries.delete(fd);
      live[Symbol.dispose]();
      this.#wakeOrStart();
      this.release();
    };
  }

  abandon(fd: number, reason: () => unknown): void {
    const waiters = this.#entries.get(fd)?.waiters;
    if (waiters) reject(waiters, reason());
    this.#epoll?.forget(fd);
  }

  setRef(fd: number, isRef: boolean): void {
    for (const waiter of this.#entries.get(fd)?.waiters ?? []) {
      if (waiter.isRef === isRef) continue;
      waiter.isRef = isRef;
      this.#refs += isRef ? 1 : -1;
    }
    this.#wakeOrStart();
  }

  idle(): Promise<void> {
    if (this.#entries.size > 0 || this.#loop === null) return Promise.resolve();
    // Who begins to wait meanwhile takes the pending call over: it may then last for ever.
    this.#takenOver ??= Promise.withResolvers();
    return Promise.race([this.#loop, this.#takenOver.promise]);
  }

  /** After every change of who waits: the loop has to run, and sleep in the right way. */
  #wakeOrStart(): void {
    if (this.#loop === null) {
      if (this.#entries.size > 0) this.#loop = this.#run(this.#epoll!);
      return;
    }
    const isCallNeeded = this.#refs > 0;
    const sleepsRightly = this.#sleep?.kind === "call"
      ? isCallNeeded
      : !isCallNeeded && this.#entries.size > 0;
    if (!sleepsRightly) this.#sleep?.wake();
  }

  async #run(epoll: Epoll): Promise<void> {
    while (this.#entries.size > 0) {
      let count = await (this.#refs > 0 ? this.#call(epoll) : this.#timer());
      this.#sleep = null;
      // The timer only says that it is time to look, and a call that failed has left its errno on
      // another thread: ask again here.
      if (count === -1) count = epoll.look();
      if (count >= 0) this.#dispatch(epoll, count);
      else if (epoll.libc.errnoCode !== "EINTR") this.#fail(epoll.libc.errno);
    }
    this.#loop = null;
    this.#closeIfUnused();
  }

  #call(epoll: Epoll): Promise<number> {
    this.#sleep = { kind: "call", wake: () => epoll.wake() };
    return epoll.wait();
  }

  #timer(): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<number>();
    const timer = setTimeout(resolve, TICK, -1);
    Deno.unrefTimer(timer);
    const wake = () => {
      clearTimeout(timer);
      resolve(-1);
    };
    this.#sleep = { kind: "timer", wake };
    return promise;
  }

  #dispatch(epoll: Epoll, count: number): void {
    for (const { fd, isReadable, isWritable } of epoll.events(count)) {
      const entry = this.#entries.get(fd);
      if (entry === undefined) continue; // who waited has gone
      if (isReadable) { for (const waiter of entry.readers) waiter.resolve(); }
      if (isWritable) { for (const waiter of entry.writers) waiter.resolve(); }
      const error = entry.isEmpty ? null : epoll.arm(fd, entry);
      if (error) reject(entry.waiters, error);
    }
  }

  #fail(errno: number): void {
    const error = new ErrnoError(errno, "epoll_wait");
    for (const entry of [...this.#entries.values()]) reject(entry.waiters, error);
  }

  #closeIfUnused(): void {
    if (this.#users > 0 || this.#loop !== null) return;
    this.#epoll?.[Symbol.dispose]();
    this.#epoll = null;
  }
}

function reject(waiters: readonly Waiter[], reason: unknown): void {
  for (const waiter of waiters) waiter.reject(reason);
}

/** How often unref'd waiters are looked after, in milliseconds. */
const TICK = 10;

const poller = new Poller();
