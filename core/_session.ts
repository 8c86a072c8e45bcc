/**
 * What a device has from being opened until it has closed: the transport, and both halves. A
 * device that is opened again gets a new session, so whoever still iterates over or waits for the
 * old one sees its end and never a byte of the new one.
 *
 * @module
 */
import { ReadPump } from "./_read_pump.ts";
import { ReadSide } from "./_read_side.ts";
import type { Transport } from "./transport.ts";
import { LONGEST_TIMEOUT, type Waiters } from "./_wait.ts";
import { WriteSide } from "./_write_side.ts";

/** Where a session reports. */
export interface SessionObserver {
  /** How many unread bytes may wait. */
  readLimit(): number;
  /** New bytes are in the reading half. */
  arrived(): void;
  /** The system took `size` bytes. */
  written(size: number): void;
  /** The peer ended its side (`undefined`), or reading failed. */
  readEnded(error: unknown): void;
  /** Writing failed; what was queued is lost. */
  writeFailed(error: unknown): void;
  /** The peer has ended its side, and we ours: nothing is left but to close. */
  bothEnded(): void;
  /** The session is over. */
  dropped(): void;
}

/** A session ends in three ways: when all is written, when all is read, or by its timer. */
interface Closing {
  readonly timeout: number;
  readonly timer: ReturnType<typeof setTimeout> | undefined;
  /** Whether it reads on to the end, however much that is, since writing has failed. */
  readonly salvages: boolean;
}

/** One life of a device. */
export class Session {
  readonly read: ReadSide;
  readonly write: WriteSide;
  readonly #waiters: Waiters;
  readonly #observer: SessionObserver;
  #announced = "";
  #transport: Transport | null = null;
  #pump: ReadPump | null = null;
  /** A session is born closed, for a device that was not opened yet. */
  #state: "new" | "open" | Closing | "closed" = "new";

  constructor(waiters: Waiters, observer: SessionObserver) {
    this.#waiters = waiters;
    this.#observer = observer;
    this.read = new ReadSide(waiters, () => this.#pump?.resume());
    this.write = new WriteSide(waiters, {
      written: (size) => observer.written(size),
      failed: (error) => observer.writeFailed(error),
      drained: () => this.#drained(),
    });
  }

  /** Begins, if it has not begun before: false when the device needs another session. */
  begin(): boolean {
    if (this.#state !== "new") return false;
    this.#state = "open";
    this.read.open();
    this.write.open();
    return true;
  }

  /** Whether it is neither closing nor closed. */
  get isOpen(): boolean {
    return this.#state === "open";
  }

  /** Whether it is over. */
  get isClosed(): boolean {
    return this.#state === "new" || this.#state === "closed";
  }

  /** True the first time that it is asked about `what`: for what is to be announced once. */
  isFirst(what: string): boolean {
    if (this.#announced.includes(what)) return false;
    this.#announced += what;
    return true;
  }

  /** Reading and writing begin. */
  attach(transport: Transport, referenced: boolean): void {
    this.#transport = transport;
    if (!referenced) transport.unref?.();
    this.write.start(transport);
    const pump = this.#pump = new ReadPump(transport, {
      capacity: () => this.#capacity(),
      arrived: (bytes) => {
        if (this.read.arrived(bytes)) this.#observer.arrived();
      },
      ended: (error) => this.#observer.readEnded(error),
    });
    this.read.buffer.onSpent = (buffer) => pump.reuse(buffer);
    // Not at once: who is given the device may still set its limit.
    queueMicrotask(() => pump.run());
  }

  /** Whether the transport keeps the process alive. */
  refer(referenced: boolean): void {
    if (referenced) this.#transport?.ref?.();
    else this.#transport?.unref?.();
  }

  /** Lets the pump look at its limit again. */
  resumeReading(): void {
    this.#pump?.resume();
  }

  /** Nothing is read from the transport any more. */
  stopReading(): void {
    this.#pump?.stop();
    this.read.finish(null);
  }

  /**
   * Closes when all is written (or read), or after `timeout` milliseconds. Asked again, the
   * shorter time counts.
   */
  shut(timeout: number, until: "written" | "read"): void {
    const state = this.#state;
    if (state === "new" || state === "closed") return;
    const done = until === "written" ? this.write.size === 0 : this.read.ended;
    if (done || timeout <= 0) return this.drop(done ? "close" : "abort");
    if (state !== "open") {
      if (state.timeout <= timeout) return;
      clearTimeout(state.timer);
    }
    const timer = timeout <= LONGEST_TIMEOUT
      ? setTimeout(() => this.drop("abort"), timeout)
      : undefined;
    this.#state = { timeout, timer, salvages: until === "read" };
    this.write.finish();
    this.#pump?.resume();
  }

  /** Ends now; what was queued is thrown away. */
  drop(how: "close" | "abort"): void {
    const state = this.#state;
    if (state === "new" || state === "closed") return;
    this.#state = "closed";
    if (state !== "open") clearTimeout(state.timer);
    this.#pump?.stop();
    this.write.discard(null);
    this.read.finish(null);
    try {
      if (how === "abort" && this.#transport?.abort) this.#transport.abort();
      else this.#transport?.close();
    } catch {
      // It was closed behind our back: closing always closes.
    }
    this.#observer.dropped();
    this.#waiters.wake();
  }

  #capacity(): number {
    const salvages = typeof this.#state === "object" && this.#state.salvages;
    return salvages || this.read.ended ? Infinity : this.read.capacity(this.#observer.readLimit());
  }

  #drained(): void {
    if (!this.isOpen) this.drop("close");
    else if (!this.write.isOpen && this.read.ended) this.#observer.bothEnded();
  }
}
