/**
 * What a device has from being opened until it has closed: the transport, and both halves. A
 * device that is opened again gets a new session, so whoever still iterates over or waits for the
 * old one sees its end and never a byte of the new one.
 *
 * @module
 */
import type { Bytes } from "./_chunk_buffer.ts";
import { type PumpObserver, ReadPump } from "./_read_pump.ts";
import { ReadSide } from "./_read_side.ts";
import type { Transport } from "./transport.ts";
import { LONGEST_TIMEOUT, type Waiters } from "./_wait.ts";
import type { WriteObserver } from "./_write_queue.ts";
import { WriteSide } from "./_write_side.ts";

/** How a session reports to its owner: one object for all owners of a kind. */
export interface SessionObserver<O> {
  /** How many unread bytes may wait. */
  readLimit(owner: O): number;
  /** New bytes are in the reading half. */
  arrived(owner: O): void;
  /** The system took `size` bytes. */
  written(owner: O, size: number): void;
  /** The peer ended its side (`undefined`), or reading failed. */
  readEnded(owner: O, error: unknown): void;
  /** Writing failed; what was queued is lost. */
  writeFailed(owner: O, error: unknown): void;
  /** The peer has ended its side, and we ours: nothing is left but to close. */
  bothEnded(owner: O): void;
  /** The session is over. */
  dropped(owner: O): void;
}

/** A session ends in three ways: when all is written, when all is read, or by its timer. */
interface Closing {
  readonly timeout: number;
  readonly timer: ReturnType<typeof setTimeout> | undefined;
  /** Whether it reads on to the end, however much that is, since writing has failed. */
  readonly salvages: boolean;
}

/** One life of a device. */
export class Session<O = unknown> implements PumpObserver, WriteObserver {
  readonly read: ReadSide;
  readonly write: WriteSide;
  readonly #waiters: Waiters;
  readonly #owner: O;
  readonly #observer: SessionObserver<O>;
  #announced = "";
  #transport: Transport | null = null;
  #pump: ReadPump | null = null;
  /** A session is born closed, for a device that was not opened yet. */
  #state: "new" | "open" | Closing | "closed" = "new";

  constructor(owner: O, options: { observer: SessionObserver<O>; waiters: Waiters }) {
    this.#owner = owner;
    this.#observer = options.observer;
    this.#waiters = options.waiters;
    this.read = new ReadSide(options.waiters, this);
    this.write = new WriteSide(options.waiters, this);
  }

  /**
   * Begins, if it has not begun before: false when the device needs another session.
   *
   * @param isWritable Whether bytes may be written; a reply's cannot.
   */
  begin(isWritable: boolean): boolean {
    if (this.#state !== "new") return false;
    this.#state = "open";
    this.read.open();
    if (isWritable) this.write.open();
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
    const pump = this.#pump = this.read.buffer.rooms = new ReadPump(transport, this);
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
    this.#observer.dropped(this.#owner);
    this.#waiters.wake();
  }

  /** For the pump: how many bytes may arrive now. */
  capacity(): number {
    const salvages = typeof this.#state === "object" && this.#state.salvages;
    if (salvages || this.read.ended) return Infinity;
    return this.read.capacity(this.#observer.readLimit(this.#owner));
  }

  /** For the pump: these bytes arrived. */
  arrived(bytes: Bytes): void {
    if (this.read.arrived(bytes)) this.#observer.arrived(this.#owner);
  }

  /** For the pump: the other side ended (`undefined`), or reading failed. */
  ended(error: unknown): void {
    this.#observer.readEnded(this.#owner, error);
  }

  /** For the writing half: the system took `size` bytes. */
  written(size: number): void {
    this.#observer.written(this.#owner, size);
  }

  /** For the writing half: writing failed. */
  failed(error: unknown): void {
    this.#observer.writeFailed(this.#owner, error);
  }

  /** For the writing half: all is written, and the half closed if it was asked to be. */
  drained(): void {
    if (!this.isOpen) this.drop("close");
    else if (!this.write.isOpen && this.read.ended) this.#observer.bothEnded(this.#owner);
  }
}
