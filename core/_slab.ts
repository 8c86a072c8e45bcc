/**
 * Room for a device's reads. Slices of a slab are never written again, so small reads share one
 * allocation; they stay inside, and who reads gets copies ({@linkcode ChunkBuffer.take}): nobody
 * can take the room away from a read under way. A read that fills half of a slab or more is the
 * last one of that slab, which then can be given away with it.
 *
 * A slab grows while reads come back full and shrinks when they come back nearly empty: an idle
 * connection holds two kilobytes, a busy one a quarter of a megabyte (256 KiB reads reached
 * 1.8 GB/s where 64 KiB ones reached 1.6 and 16 KiB ones 1.3).
 *
 * @module
 */
import type { Bytes } from "./_chunk_buffer.ts";

const SIZES: readonly number[] = [2 * 1024, 64 * 1024, 256 * 1024];

/** Where reads go. */
export class Slab {
  readonly #sizes: readonly number[];
  #buffer: Bytes | null = null;
  #used = 0;
  #level = 0;

  /** @param sizes The sizes that the slab goes through, in bytes, ascending. */
  constructor(sizes: readonly number[] = SIZES) {
    this.#sizes = sizes;
  }

  /** Begins again at the slab's start, when nothing in it is needed any more. */
  rewind(): void {
    this.#used = 0;
  }

  /** Room for one read, at most `limit` bytes; a quarter of the slab at least, lest reads fray. */
  room(limit: number): Bytes {
    const size = this.#sizes[this.#level]!;
    if (this.#buffer?.length !== size || size - this.#used < size / 4) {
      this.#buffer = new Uint8Array(size);
      this.#used = 0;
    }
    if (this.#used === 0 && limit >= size) return this.#buffer;
    return this.#buffer.subarray(this.#used, this.#used + limit);
  }

  /** The bytes of the read that has just filled `size` bytes of the room offered. */
  filled(size: number): Bytes {
    const buffer = this.#buffer!;
    const bytes = buffer.subarray(this.#used, this.#used += size);
    if (this.#used === buffer.length) {
      this.#level = Math.min(this.#level + 1, this.#sizes.length - 1);
    } else if (size < buffer.length / 16 && this.#level > 0) this.#level--;
    if (size * 2 >= buffer.length) this.#buffer = null;
    return bytes;
  }
}
