/**
 * The writing half of a device: the queue, who waits for it, and its view as a web stream.
 *
 * @module
 */
import type { Bytes } from "./_chunk_buffer.ts";
import { type NetworkingError, SocketError } from "./error.ts";
import type { Transport } from "./transport.ts";
import type { Waiters, WaitOptions } from "./_wait.ts";
import { type WriteObserver, WriteQueue } from "./_write_queue.ts";

/** Queued bytes beyond which a web stream makes its writer wait. */
const HIGH_WATER = 256 * 1024;

const encoder: TextEncoder = new TextEncoder();

/** The writing half of a device. */
export class WriteSide implements WriteObserver {
  readonly #waiters: Waiters;
  readonly #observer: WriteObserver;
  readonly #queue: WriteQueue;
  #stream: WritableStream<Uint8Array | string> | null = null;
  #controller: WritableStreamDefaultController | null = null;
  #written = 0;
  #seen = 0;
  #error: NetworkingError | null = null;

  constructor(waiters: Waiters, observer: WriteObserver) {
    this.#waiters = waiters;
    this.#observer = observer;
    this.#queue = new WriteQueue(this);
  }

  /** From now on bytes are taken, and kept until {@linkcode start}. */
  open(): void {
    this.#queue.open();
  }

  /** For the queue: the system took `size` bytes. */
  written(size: number): void {
    this.#written += size;
    this.#waiters.wake();
    this.#observer.written(size);
  }

  /** For the queue: writing failed. */
  failed(error: unknown): void {
    this.#observer.failed(error);
  }

  /** For the queue: it is empty. */
  drained(): void {
    this.#waiters.wake();
    this.#observer.drained();
  }

  /** Bytes that the system has not taken yet. */
  get size(): number {
    return this.#queue.size;
  }

  /** Whether {@linkcode write} takes bytes. */
  get isOpen(): boolean {
    return this.#queue.isOpen;
  }

  /** Begins to write to `transport`. */
  start(transport: Transport): void {
    this.#queue.start(transport);
  }

  /** Queues bytes or text and says how many bytes that were; 0 when nothing is taken. */
  write(data: Uint8Array | string, transfer: boolean): number {
    const isText = typeof data === "string";
    if (!isText && !(data instanceof Uint8Array)) {
      throw new TypeError(`Cannot write ${typeof data}: expected a Uint8Array or a string`);
    }
    if (!this.isOpen) return 0;
    const bytes = isText ? encoder.encode(data) : data as Bytes;
    this.#queue.push(bytes, isText || transfer);
    return bytes.length;
  }

  /** Takes no more, and ends the transport's writing side when the queue is empty. */
  finish(): void {
    this.#queue.finish();
  }

  /** Forgets what is queued; `error` is what waiting writers are told. */
  discard(error: NetworkingError | null): void {
    const lost = this.size > 0;
    this.#queue.discard();
    if (lost) error ??= new SocketError("operation", "Cannot write to the device: it was aborted");
    this.#error ??= error;
    this.#controller?.error(this.#error ?? closed());
    this.#waiters.wake();
  }

  /** Waits until all that is queued now is written; rejects when it cannot be. */
  async flush(options: WaitOptions): Promise<void> {
    const goal = this.#written + this.size;
    await this.#until(() => this.#written >= goal, options);
  }

  /** Waits until some of what was written has reached the system. */
  waitForWritten(wait?: number | WaitOptions): Promise<boolean> {
    const from = this.#seen;
    return this.#waiters.waitFor(() => {
      if (this.#written === from) return this.size > 0 ? undefined : false;
      this.#seen = this.#written;
      return true;
    }, wait);
  }

  /**
   * The half as a web stream.
   *
   * @param ends What closing and aborting the stream do to the device.
   */
  stream(ends: { close(): void; abort(): void }): WritableStream<Uint8Array | string> {
    return this.#stream ??= new WritableStream<Uint8Array | string>({
      start: (controller) => {
        if (this.isOpen) this.#controller = controller;
        else controller.error(this.#error ?? closed());
      },
      write: async (chunk) => {
        if (!this.isOpen) throw this.#error ?? closed();
        this.write(chunk, false);
        if (this.size > HIGH_WATER) await this.#until(() => this.size <= HIGH_WATER, {});
      },
      close: async () => {
        await this.flush({});
        this.#controller = null;
        ends.close();
      },
      abort: ends.abort,
    });
  }

  async #until(isSo: () => boolean, options: WaitOptions): Promise<void> {
    await this.#waiters.until(() => {
      if (this.#error !== null) throw this.#error;
      return isSo() ? true : undefined;
    }, options);
  }
}

function closed(): SocketError {
  return new SocketError("remoteHostClosed", "Cannot write to the device: it is not open");
}
