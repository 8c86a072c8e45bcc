/**
 * What a device was asked to write and the system has not taken yet.
 *
 * Small writes are copied into one staging buffer and leave together: one system call a microtask,
 * however many `write()` came before it (28 times as many small messages as with a call each).
 * Nothing is awaited between a `write()` and the next one.
 *
 * @module
 */
import type { Bytes } from "./_chunk_buffer.ts";
import type { Transport } from "./transport.ts";

const LARGEST_STAGING = 64 * 1024;
const SMALLEST_STAGING = 512;
/** Rooms kept for large copies while more is written than is sent. */
const SPARE_ROOMS = 4;
const NOTHING: Bytes = new Uint8Array(0);

/** Where the queue reports. */
export interface WriteObserver {
  /** The system took `size` bytes. */
  written(size: number): void;
  /** Writing failed; the queue is dead and what it held is lost. */
  failed(error: unknown): void;
  /** The queue is empty, and closed if it was asked to be. */
  drained(): void;
}

/** Bytes to be sent, and the room that is free when they have been. */
interface Piece {
  readonly bytes: Bytes;
  readonly room: Bytes | null;
}

/** One queue of bytes on their way out. */
export class WriteQueue {
  readonly #observer: WriteObserver;
  #transport: Transport | null = null;
  /** A queue is born dead, for a device that was not opened yet. */
  #state: "open" | "finishing" | "finished" | "dead" = "dead";
  #running = false;
  #size = 0;
  #pieces: Piece[] = [];
  /** Rooms of large copies that have been sent. */
  #rooms: Bytes[] = [];
  /** The buffer that small writes are copied into, and the part of it that no piece covers yet. */
  #staging: Bytes | null = null;
  #stagedFrom = 0;
  #stagedTo = 0;

  constructor(observer: WriteObserver) {
    this.#observer = observer;
  }

  /** Bytes that the system has not taken yet. */
  get size(): number {
    return this.#size;
  }

  /** Whether more may be pushed. */
  get isOpen(): boolean {
    return this.#state === "open";
  }

  /** From now on pushes are taken. */
  open(): void {
    this.#state = "open";
  }

  /** Starts writing: until then, pushes are kept. */
  start(transport: Transport): void {
    this.#transport = transport;
    this.#schedule();
  }

  /**
   * Queues bytes.
   *
   * @param bytes What to write.
   * @param keep Whether `bytes` is ours to keep, so that it need not be copied.
   */
  push(bytes: Bytes, keep: boolean): void {
    if (bytes.length === 0) return;
    this.#size += bytes.length;
    if (keep && bytes.length > SMALLEST_STAGING) {
      this.#seal();
      this.#pieces.push({ bytes, room: null });
    } else if (bytes.length > LARGEST_STAGING / 4) this.#copy(bytes);
    else this.#stage(bytes);
    this.#schedule();
  }

  /** Takes no more, writes what there is, then ends the transport's writing side. */
  finish(): void {
    if (!this.isOpen) return;
    this.#state = "finishing";
    this.#schedule();
  }

  /** Forgets everything; nothing is reported any more but a write under way is not undone. */
  discard(): void {
    this.#state = "dead";
    this.#size = 0;
    this.#pieces = [];
    this.#rooms = [];
    this.#staging = null;
  }

  /** Copies large writes into rooms of their own, which are used again when they have been sent. */
  #copy(bytes: Bytes): void {
    this.#seal();
    for (let from = 0; from < bytes.length; from += LARGEST_STAGING) {
      const part = bytes.subarray(from, from + LARGEST_STAGING);
      const room = this.#rooms.pop() ?? new Uint8Array(LARGEST_STAGING);
      room.set(part);
      this.#pieces.push({ bytes: room.subarray(0, part.length), room });
    }
  }

  #stage(bytes: Bytes): void {
    let staging = this.#staging;
    if (staging === null || staging.length - this.#stagedTo < bytes.length) {
      this.#seal();
      staging = this.#staging = newStaging(staging, bytes.length);
      this.#stagedFrom = this.#stagedTo = 0;
    }
    staging.set(bytes, this.#stagedTo);
    this.#stagedTo += bytes.length;
  }

  /** Makes a piece of what was staged. */
  #seal(): void {
    if (this.#stagedTo === this.#stagedFrom) return;
    const bytes = this.#staging!.subarray(this.#stagedFrom, this.#stagedTo);
    this.#pieces.push({ bytes, room: null });
    this.#stagedFrom = this.#stagedTo;
  }

  #schedule(): void {
    if (this.#running || this.#transport === null || this.#isDead) return;
    this.#running = true;
    queueMicrotask(() => this.#run());
  }

  async #run(): Promise<void> {
    const transport = this.#transport!;
    try {
      while (this.#size > 0) {
        const piece = this.#pieces.shift();
        let bytes = piece === undefined ? this.#staged() : piece.bytes;
        while (bytes.length > 0) {
          const size = await transport.write(bytes);
          if (this.#isDead) return;
          bytes = size === bytes.length ? NOTHING : bytes.subarray(size);
          this.#size -= size;
          this.#observer.written(size);
          if (this.#isDead) return;
        }
        if (piece?.room && this.#rooms.length < SPARE_ROOMS) this.#rooms.push(piece.room);
        if (this.#size === 0) this.#reuseStaging();
      }
      if (this.#isFinishing) {
        this.#state = "finished";
        await transport.closeWrite?.();
      }
    } catch (error) {
      if (this.#isDead) return;
      this.discard();
      return this.#observer.failed(error);
    } finally {
      this.#running = false;
    }
    if (this.#isDead) return;
    this.#observer.drained();
    // A slot may have written, or asked for the end, while the last bytes were reported.
    if (this.#size > 0 || this.#isFinishing) this.#schedule();
  }

  /** What was staged, when it is next. */
  #staged(): Bytes {
    const staged = this.#staging!.subarray(this.#stagedFrom, this.#stagedTo);
    this.#stagedFrom = this.#stagedTo;
    return staged;
  }

  /** Everything staged is on its way: the buffer may be filled again from its start. */
  #reuseStaging(): void {
    this.#stagedFrom = this.#stagedTo = 0;
    // An idle queue keeps one room at the most.
    this.#rooms.length = Math.min(this.#rooms.length, 1);
  }

  get #isFinishing(): boolean {
    return this.#state === "finishing";
  }

  /** A getter, since an `await` or an observer may have changed it behind the compiler's back. */
  get #isDead(): boolean {
    return this.#state === "dead";
  }
}

function newStaging(previous: Bytes | null, needed: number): Bytes {
  const doubled = previous === null ? SMALLEST_STAGING : previous.length * 2;
  return new Uint8Array(Math.max(needed, Math.min(doubled, LARGEST_STAGING)));
}
