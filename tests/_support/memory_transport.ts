/**
 * Two transports joined in memory, bounded like the system's pipes: for timing and for errors that
 * a real peer gives only by chance.
 */
import { Waiters } from "../../core/_wait.ts";
import type { Transport } from "../../core/transport.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** One end of a pair. */
export interface MemoryTransport extends Transport {
  closeWrite(): Promise<void>;
  abort(): void;
  /** What the other end has written and this one has not read. */
  readonly unread: number;
  /** Whether this end was closed. */
  readonly isClosed: boolean;
  /** How many reads were asked for. */
  readonly reads: number;
  /** Whether {@linkcode Transport.unref} was the last word. */
  readonly isUnreferenced: boolean;
  /** Makes reads fail, once what was written before has been read. */
  failReading(error: unknown): void;
  /** Makes writes fail, also one that waits. */
  failWriting(error: unknown): void;
}

/**
 * Two ends of a connection.
 *
 * @param options `capacity`: bytes that each direction holds before its writer has to wait,
 * 64 KiB by default.
 */
export function memoryPair(
  options: { capacity?: number } = {},
): [MemoryTransport, MemoryTransport] {
  const { capacity = 64 * 1024 } = options;
  const [there, back] = [new Pipe(capacity), new Pipe(capacity)];
  return [new MemoryEnd(there, back), new MemoryEnd(back, there)];
}

class MemoryEnd implements MemoryTransport {
  readonly #in: Pipe;
  readonly #out: Pipe;
  isClosed = false;
  isUnreferenced = false;
  reads = 0;

  constructor(input: Pipe, output: Pipe) {
    this.#in = input;
    this.#out = output;
  }

  get unread(): number {
    return this.#in.size;
  }

  read(into: Bytes): Promise<number | null> {
    this.reads++;
    return this.#in.read(into);
  }

  write(bytes: Bytes): Promise<number> {
    return this.#out.write(bytes);
  }

  closeWrite(): Promise<void> {
    if (this.#out.writeError !== undefined) return Promise.reject(this.#out.writeError);
    this.#out.end();
    return Promise.resolve();
  }

  close(): void {
    this.#close(undefined);
  }

  abort(): void {
    this.#close(new Deno.errors.ConnectionReset("Connection reset by peer"));
  }

  ref(): void {
    this.isUnreferenced = false;
  }

  unref(): void {
    this.isUnreferenced = true;
  }

  failReading(error: unknown): void {
    this.#in.failReading(error);
  }

  failWriting(error: unknown): void {
    this.#out.failWriting(error);
  }

  #close(seenByPeer: unknown): void {
    if (this.isClosed) throw new Deno.errors.BadResource("Bad resource ID");
    this.isClosed = true;
    const interrupted = new Deno.errors.Interrupted("operation canceled");
    this.#in.clear();
    this.#in.failReading(interrupted);
    this.#in.failWriting(new Deno.errors.BrokenPipe("Broken pipe"));
    this.#out.failWriting(interrupted);
    if (seenByPeer === undefined) return this.#out.end();
    this.#out.clear();
    this.#out.failReading(seenByPeer);
  }
}

/** One direction. */
class Pipe {
  readonly #capacity: number;
  readonly #waiters = new Waiters();
  #bytes: Bytes = new Uint8Array(0);
  #isEnded = false;
  #readError: unknown;
  writeError: unknown;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#bytes.length;
  }

  read(into: Bytes): Promise<number | null> {
    return this.#waiters.until<number | null>(() => {
      if (this.size > 0) return this.#take(into);
      if (this.#readError !== undefined) throw this.#readError;
      return this.#isEnded ? null : undefined;
    });
  }

  write(bytes: Bytes): Promise<number> {
    return this.#waiters.until(() => {
      if (this.writeError !== undefined) throw this.writeError;
      const room = this.#capacity - this.size;
      return room > 0 ? this.#put(bytes.subarray(0, room)) : undefined;
    });
  }

  end(): void {
    this.#isEnded = true;
    this.writeError ??= new Deno.errors.BrokenPipe("Broken pipe");
    this.#wake();
  }

  clear(): void {
    this.#bytes = new Uint8Array(0);
  }

  failReading(error: unknown): void {
    this.#readError = error;
    this.#wake();
  }

  failWriting(error: unknown): void {
    this.writeError = error;
    this.#wake();
  }

  /** Later, since whoever waits takes and puts while it decides. */
  #wake(): void {
    queueMicrotask(() => this.#waiters.wake());
  }

  #take(into: Bytes): number {
    const taken = this.#bytes.subarray(0, into.length);
    into.set(taken);
    this.#bytes = this.#bytes.slice(taken.length);
    this.#wake();
    return taken.length;
  }

  #put(bytes: Bytes): number {
    const joined = new Uint8Array(this.size + bytes.length);
    joined.set(this.#bytes);
    joined.set(bytes, this.size);
    this.#bytes = joined;
    this.#wake();
    return bytes.length;
  }
}
