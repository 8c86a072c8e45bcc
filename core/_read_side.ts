/**
 * The reading half of a device: what arrived, who may read it, and whether more can come.
 *
 * One of none, an awaiting read, an iterator or a stream owns the half at any time; any other
 * read meanwhile is a mistake that is told at once, since two readers would each see half.
 *
 * @module
 */
import { type Bytes, ChunkBuffer } from "./_chunk_buffer.ts";
import {
  InvalidStateError,
  LimitExceededError,
  type NetworkingError,
  SocketError,
} from "./error.ts";
import type { Waiters, WaitOptions } from "./_wait.ts";

/** Up to how many bytes small chunks are joined for an iterator or a stream. */
const JOINED_PIECE = 64 * 1024;

type Owner = "none" | "await" | "iterator" | "stream" | "datagrams";

/** Where the bytes come from. */
export interface ReadSource {
  /** Told when bytes were taken, so that more may come. */
  resumeReading(): void;
}

/** The reading half of a device. */
export class ReadSide {
  readonly buffer: ChunkBuffer = new ChunkBuffer();
  readonly waiters: Waiters;
  readonly #source: ReadSource;
  #owner: Owner = "none";
  /** Bytes that the awaiting read needs before it can go on, however small the limit is. */
  #wanted = 0;
  #stream: ReadableStream<Bytes> | null = null;
  #arrivals = 0;
  #seen = 0;
  /** Why nothing more can arrive; `null` while something can. A half is born ended. */
  #end: { error: NetworkingError | null } | null = { error: null };

  constructor(waiters: Waiters, source: ReadSource) {
    this.waiters = waiters;
    this.#source = source;
  }

  /** From now on bytes may arrive. */
  open(): void {
    this.#end = null;
  }

  /** Whether nothing more can arrive. */
  get ended(): boolean {
    return this.#end !== null;
  }

  /** Whether a stream or an iterator has taken over, for devices that limit only those. */
  get isStreamed(): boolean {
    return this.#owner === "iterator" || this.#owner === "stream";
  }

  /** How many bytes may arrive when `limit` are to be kept at the most. */
  capacity(limit: number): number {
    return Math.max(limit - this.buffer.held, this.#wanted - this.buffer.size);
  }

  /** Adds what has arrived; false when nobody wants it any more. */
  arrived(bytes: Bytes): boolean {
    if (this.#end !== null) return false;
    this.buffer.push(bytes);
    this.#arrivals++;
    this.waiters.wake();
    return true;
  }

  /** Forgets what has arrived and what will. */
  discard(): void {
    this.buffer.commit();
    this.buffer.skip(Infinity);
    this.#seen = this.#arrivals;
    this.finish(null);
  }

  /** Says that nothing more can arrive: normally, or by an error. */
  finish(error: NetworkingError | null): void {
    if (this.#end !== null) return;
    this.#end = { error };
    this.waiters.wake();
  }

  /** Refuses every read as of a stream from now on: what arrives is datagrams, kept elsewhere. */
  refuse(): void {
    this.#owner = "datagrams";
  }

  /** The buffer, for a read by whoever holds no claim. */
  claim(): ChunkBuffer {
    this.#demand("read");
    return this.buffer;
  }

  /** To be called after bytes were taken from the buffer. */
  taken<T>(value: T): T {
    this.#seen = this.#arrivals;
    this.#source.resumeReading();
    return value;
  }

  /** Waits for bytes that no read and no earlier wait has seen. */
  waitForArrival(wait?: number | WaitOptions): Promise<boolean> {
    const from = this.#seen;
    return this.waiters.waitFor(() => {
      if (this.#arrivals === from) return this.#end === null ? undefined : false;
      this.#seen = this.#arrivals;
      return true;
    }, wait);
  }

  /** Waits until exactly `size` bytes are there and takes them. */
  readExactly(size: number, options: WaitOptions): Promise<Bytes> {
    const enough = () => this.buffer.size >= size ? size : undefined;
    return this.#await(enough, { options, wanted: size, what: "exactly so many bytes" });
  }

  /** Waits until `delimiter` is there and takes everything up to its end. */
  readUntil(delimiter: Uint8Array, options: WaitOptions & { maxSize: number }): Promise<Bytes> {
    const { maxSize } = options;
    let from = 0;
    const enough = () => {
      const at = this.buffer.indexOf(delimiter, from);
      const size = at === -1 ? this.buffer.size : at + delimiter.length;
      if (at === -1 ? size >= maxSize : size > maxSize) {
        const what = `no delimiter within ${maxSize} bytes`;
        throw new LimitExceededError("maxSize", `Cannot read up to a delimiter: ${what}`);
      }
      from = Math.max(0, size - delimiter.length + 1);
      return at === -1 ? undefined : size;
    };
    return this.#await(enough, { options, wanted: maxSize, what: "up to a delimiter" });
  }

  /** Waits for the end and takes everything, `maxSize` bytes at the most. */
  readToEnd(options: WaitOptions & { maxSize: number }): Promise<Bytes> {
    const { maxSize } = options;
    const enough = () => {
      if (this.buffer.size > maxSize) {
        const so = `more than ${maxSize} bytes came`;
        throw new LimitExceededError("maxSize", `Cannot read to the end: ${so}`);
      }
      return this.#end !== null && this.#end.error === null ? this.buffer.size : undefined;
    };
    return this.#await(enough, { options, wanted: maxSize + 1, what: "to the end" });
  }

  /** Gives chunks as they come; ends with the device, throws when that failed. */
  async *iterate(): AsyncGenerator<Bytes, undefined> {
    this.#demand("iterate over");
    this.#owner = "iterator";
    try {
      this.#source.resumeReading();
      while (await this.#someBytes()) {
        yield this.taken(this.buffer.takeChunk(JOINED_PIECE));
      }
    } finally {
      this.#owner = "none";
    }
  }

  /** The half as a byte stream; it owns the half from its first pull until its lock is released. */
  stream(cancel: () => void): ReadableStream<Bytes> {
    return this.#stream ??= new ReadableStream<Bytes>({
      type: "bytes",
      pull: (controller) => this.#pull(controller as ReadableByteStreamController),
      cancel: () => {
        this.#owner = "none";
        cancel();
      },
    }, { highWaterMark: 0 }) as ReadableStream<Bytes>;
  }

  async #pull(controller: ReadableByteStreamController): Promise<void> {
    try {
      if (this.#owner !== "stream") this.#demand("stream");
    } catch (error) {
      // The stream is broken by what we throw; the next one need not be.
      this.#stream = null;
      throw error;
    }
    this.#owner = "stream";
    this.#source.resumeReading();
    const some = await this.#someBytes();
    // Nobody tells us of `releaseLock()`: meanwhile someone else may have begun to read.
    if (this.#owner !== "stream" || !this.#stream!.locked) return this.#disown();
    const view = controller.byobRequest?.view as Bytes | undefined;
    if (!some) {
      this.#disown();
      controller.close();
      // A pending BYOB read is answered only by an empty response after the close.
      controller.byobRequest?.respond(0);
    } else if (view) {
      const target = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
      controller.byobRequest!.respond(this.taken(this.buffer.takeInto(target)));
    } else controller.enqueue(this.taken(this.buffer.takeChunk(JOINED_PIECE)));
  }

  /** Waits for bytes; false at a normal end, throws the error of any other. */
  #someBytes(): Promise<boolean> {
    return this.waiters.until(() => {
      if (this.buffer.size > 0) return true;
      if (this.#end === null) return undefined;
      if (this.#end.error !== null) throw this.#end.error;
      return false;
    });
  }

  async #await(
    enough: () => number | undefined,
    { options, wanted, what }: { options: WaitOptions; wanted: number; what: string },
  ): Promise<Bytes> {
    this.#demand("read");
    this.#owner = "await";
    this.#wanted = wanted;
    try {
      this.#source.resumeReading();
      const size = await this.waiters.until(() => {
        const size = enough();
        if (size === undefined && this.#end !== null) throw this.#endError(what);
        return size;
      }, options);
      return this.taken(this.buffer.takeOwned(size));
    } finally {
      this.#owner = "none";
      this.#wanted = 0;
    }
  }

  #endError(what: string): NetworkingError {
    const error = this.#end!.error;
    if (error !== null) return error;
    const so = `the device ended with ${this.buffer.size} bytes unread`;
    return new SocketError("remoteHostClosed", `Cannot read ${what}: ${so}`);
  }

  #disown(): void {
    if (this.#owner === "stream") this.#owner = "none";
  }

  #demand(verb: string): void {
    // A stream without a lock has given the half back.
    if (this.#owner === "stream" && !this.#stream!.locked) this.#owner = "none";
    if (this.#owner === "none") return;
    const by = {
      await: "an awaiting read",
      iterator: "an iterator",
      stream: "a stream",
      datagrams: "a reader of datagrams",
    };
    throw new InvalidStateError(`Cannot ${verb} the device: ${by[this.#owner]} is reading it`);
  }
}
