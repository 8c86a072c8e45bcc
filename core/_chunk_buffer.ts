/**
 * Bytes that arrived and were not read yet, kept as the chunks in which they came. Reading a
 * whole chunk copies nothing.
 *
 * @module
 */

/** The bytes of a device. */
export type Bytes = Uint8Array<ArrayBuffer>;

const NEWLINE = Uint8Array.of(0x0a);

/** A queue of bytes with look-ahead, put-back and transactions. */
export class ChunkBuffer {
  #chunks: Bytes[] = [];
  #size = 0;
  /** Bytes at the front that are known to hold no newline. */
  #lineless = 0;
  /** What was taken since the transaction began, to be put back by a rollback. */
  #taken: Bytes[] | null = null;
  #takenSize = 0;

  /** Told of a buffer when the last byte that lay in it here was copied out. */
  rooms: { reuse(buffer: ArrayBuffer): void } | null = null;

  /** Unread bytes. */
  get size(): number {
    return this.#size;
  }

  /** Unread bytes, and those that a rollback would put back. */
  get held(): number {
    return this.#size + this.#takenSize;
  }

  /** Whether a transaction is under way. */
  get inTransaction(): boolean {
    return this.#taken !== null;
  }

  /** Appends a chunk, which is kept as it is. */
  push(chunk: Bytes): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#size += chunk.length;
  }

  /**
   * Takes up to `max` bytes, in a buffer that nothing else here uses. A chunk that is taken whole
   * is handed over as it is, if it is at least half of its buffer: see {@linkcode Slab}. What lay
   * in that buffer before it has been copied out by then.
   */
  take(max: number): Bytes {
    return this.#take(max, 2);
  }

  /** Like {@linkcode take}, in an array that fills its buffer. */
  takeOwned(max: number): Bytes {
    return this.#take(max, 1);
  }

  /** Takes the first chunk, or several joined while they are less than `enough` bytes. */
  takeChunk(enough: number): Bytes {
    return this.takeOwned(Math.max(this.#chunks[0]?.length ?? 0, enough));
  }

  /** Takes as many bytes as fit into `target`. */
  takeInto(target: Uint8Array): number {
    let filled = 0;
    for (const chunk of this.#chunks) {
      const room = target.length - filled;
      if (room === 0) break;
      const part = chunk.length <= room ? chunk : chunk.subarray(0, room);
      target.set(part, filled);
      filled += part.length;
    }
    this.#drop(filled);
    return filled;
  }

  /** A copy of the next `max` bytes. */
  peek(max: number): Bytes {
    const size = Math.max(0, Math.min(max, this.#size));
    const first = this.#chunks[0];
    if (first !== undefined && first.length >= size) return first.slice(0, size);
    const joined = new Uint8Array(size);
    let filled = 0;
    for (const chunk of this.#chunks) {
      if (filled === size) break;
      const part = chunk.subarray(0, size - filled);
      joined.set(part, filled);
      filled += part.length;
    }
    return joined;
  }

  /** Drops up to `max` bytes and says how many. */
  skip(max: number): number {
    const size = Math.max(0, Math.min(max, this.#size));
    this.#drop(size);
    return size;
  }

  /** Puts bytes back in front. */
  unget(bytes: Bytes): void {
    if (bytes.length === 0) return;
    this.#chunks.unshift(bytes);
    this.#size += bytes.length;
    this.#lineless = 0;
  }

  /**
   * Where `delimiter` first stands at or after `from`; -1 when it does not. It may cross chunks.
   */
  indexOf(delimiter: Uint8Array, from = 0): number {
    const [head] = delimiter;
    if (head === undefined) return from <= this.#size ? from : -1;
    let start = 0;
    for (let index = 0; index < this.#chunks.length; index++) {
      const chunk = this.#chunks[index]!;
      let at = chunk.indexOf(head, Math.max(0, from - start));
      while (at !== -1) {
        if (this.#matches(delimiter, index, at)) return start + at;
        at = chunk.indexOf(head, at + 1);
      }
      start += chunk.length;
    }
    return -1;
  }

  /** The length of the first line with its newline; 0 while there is no whole line. */
  lineLength(): number {
    const at = this.indexOf(NEWLINE, this.#lineless);
    if (at === -1) this.#lineless = this.#size;
    return at + 1;
  }

  /** Begins a transaction: what is taken from now on can be put back. */
  begin(): void {
    this.#taken = [];
  }

  /** Ends the transaction; what was taken is gone. */
  commit(): void {
    this.#taken = null;
    this.#takenSize = 0;
  }

  /** Ends the transaction and puts back what was taken. */
  rollback(): void {
    const taken = this.#taken ?? [];
    this.commit();
    for (const bytes of taken.reverse()) this.unget(bytes);
  }

  #take(max: number, slack: number): Bytes {
    const size = Math.max(0, Math.min(max, this.#size));
    const first = this.#chunks[0];
    const isWhole = first !== undefined && first.length === size && this.#taken === null &&
      size * slack >= first.buffer.byteLength;
    if (!isWhole) {
      const bytes = this.peek(size);
      this.#drop(size);
      return bytes;
    }
    this.#chunks.shift();
    this.#size -= size;
    this.#lineless = Math.max(0, this.#lineless - size);
    return first;
  }

  #drop(size: number): void {
    this.#size -= size;
    this.#lineless = Math.max(0, this.#lineless - size);
    if (this.#taken !== null) this.#takenSize += size;
    let left = size;
    let whole = 0;
    while (left > 0) {
      const chunk = this.#chunks[whole]!;
      this.#taken?.push(left < chunk.length ? chunk.subarray(0, left) : chunk);
      if (left < chunk.length) {
        this.#chunks[whole] = chunk.subarray(left);
        break;
      }
      left -= chunk.length;
      whole++;
      if (this.rooms === null || this.#taken !== null) continue;
      // Chunks of one buffer follow each other.
      const { buffer } = chunk;
      if (this.#chunks[whole]?.buffer !== buffer) this.rooms.reuse(buffer);
    }
    if (whole === 1) this.#chunks.shift();
    else if (whole > 1) this.#chunks.splice(0, whole);
  }

  #matches(delimiter: Uint8Array, index: number, at: number): boolean {
    let chunk = this.#chunks[index]!;
    for (const byte of delimiter) {
      while (at === chunk.length) {
        const next = this.#chunks[++index];
        if (next === undefined) return false;
        chunk = next;
        at = 0;
      }
      if (chunk[at++] !== byte) return false;
    }
    return true;
  }
}
