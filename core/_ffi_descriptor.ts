/** A descriptor that is ours: waited for, closed exactly once, counted until then. */
import { InvalidStateError } from "./error.ts";
import { type LibraryOptions, track } from "./_ffi.ts";
import { Libc } from "./_libc.ts";
import { abandon, holdPoller, setPollRef, waitReadable, waitWritable } from "./_poller.ts";
import type { WaitOptions } from "./_wait.ts";

/** Owns a descriptor that a call into libc made. It holds libc too, so calls with it are cheap. */
export class Descriptor implements Disposable {
  /** libc, open as long as the descriptor. */
  readonly libc: Libc;
  readonly #fd: number;
  readonly #live: Disposable;
  #poller: Disposable | null = null;
  #isRef = true;
  #isOpen = true;

  /**
   * Takes a descriptor over.
   *
   * @throws {PermissionError} If libc is not granted; the descriptor is the caller's then.
   */
  constructor(fd: number, options: LibraryOptions = {}) {
    this.libc = new Libc(options);
    this.#fd = fd;
    this.#live = track("descriptor");
  }

  /**
   * Its number.
   *
   * @throws {InvalidStateError} After it was closed or given away: the number may be another's.
   */
  get fd(): number {
    if (!this.#isOpen) throw closedError();
    return this.#fd;
  }

  /** Whether it was neither closed nor given away. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Waits until it can be read; closing it rejects with EBADF. */
  readable(options: WaitOptions = {}): Promise<void> {
    return this.#wait(waitReadable, options);
  }

  /** Waits until it can be written; closing it rejects with EBADF. */
  writable(options: WaitOptions = {}): Promise<void> {
    return this.#wait(waitWritable, options);
  }

  /** Waiting for it keeps the process alive, as it does at first. */
  ref(): void {
    this.#setRef(true);
  }

  /** Waiting for it no longer keeps the process alive; it is noticed up to 10 ms later then. */
  unref(): void {
    this.#setRef(false);
  }

  /** Gives it away: who takes the number closes it. */
  release(): number {
    const { fd } = this;
    this.#end();
    return fd;
  }

  /** Closes it; once more does nothing. */
  close(): void {
    if (this.#isOpen) this.#end({ andClose: true });
  }

  /** Closes it. */
  [Symbol.dispose](): void {
    this.close();
  }

  #wait(until: typeof waitReadable, options: WaitOptions): Promise<void> {
    if (!this.#isOpen) return Promise.reject(closedError());
    // Held from the first wait on, so that the next ones begin quickly.
    this.#poller ??= holdPoller();
    return until(this.#fd, { ...options, ref: this.#isRef });
  }

  #setRef(isRef: boolean): void {
    this.#isRef = isRef;
    if (this.#isOpen) setPollRef(this.#fd, isRef);
  }

  #end({ andClose = false } = {}): void {
    this.#isOpen = false;
    // Waits end first: the number may be another descriptor's as soon as it is closed.
    abandon(this.#fd);
    if (andClose) this.libc.symbols.close(this.#fd);
    this.#poller?.[Symbol.dispose]();
    this.libc[Symbol.dispose]();
    this.#live[Symbol.dispose]();
  }
}

function closedError(): InvalidStateError {
  return new InvalidStateError("Cannot use a descriptor: it was closed");
}
