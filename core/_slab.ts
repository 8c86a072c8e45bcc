/**
 * Room for a device's reads. Slices of a slab are never written again while they are needed, so
 * small reads share one allocation; they stay inside, and who reads gets copies
 * ({@linkcode ChunkBuffer.take}): nobody can take the room away from a read under way. A read that
 * fills half of a slab or more is the last one of that slab, which then can be given away with it.
 * A slab whose bytes were all copied out is used again.
 *
 * A slab grows while reads come back full and shrinks when they come back nearly empty: an idle
 * connection holds half a kilobyte, a busy one a quarter of a megabyte (256 KiB reads reached
 * 1.8 GB/s where 64 KiB ones reached 1.6 and 16 KiB ones 1.3).
 *
 * @module
 */
import type { Bytes } from "./_chunk_buffer.ts";

const SIZES: readonly number[] = [512, 4 * 1024, 64 * 1024, 256 * 1024];

/** Slabs kept for being used again: as many as a full read buffer of a socket needs. */
const SPARES = 4;

/** Where reads go. */
export class Slab {
  readonly #sizes: readonly number[];
  #buffer: Bytes | null = null;
  #used = 0;
  #level = 0;
  /** Whether room was offered that no read has filled yet. */
  #isOffered = false;
  /** Buffers that were ours: others may be told of too. */
  readonly #ours = new WeakSet<ArrayBuffer>();
  #spares: ArrayBuffer[] = [];

  /** @param sizes The sizes that the slab goes through, in bytes, ascending. */
  constructor(sizes: readonly number[] = SIZES) {
    this.#sizes = sizes;
  }

  /** Room for one read, at most `limit` bytes; a quarter of the slab at least, lest reads fray. */
  room(limit: number): Bytes {
    const size = this.#sizes[this.#level]!;
    if (this.#buffer?.length !== size || size - this.#used < size / 4) this.#renew(size);
    this.#isOffered = true;
    const buffer = this.#buffer!;
    if (this.#used === 0 && limit >= size) return buffer;
    return buffer.subarray(this.#used, this.#used + limit);
  }

  /** The bytes of the read that has just filled `size` bytes of the room offered. */
  filled(size: number): Bytes {
    const buffer = this.#buffer!;
    const bytes = buffer.subarray(this.#used, this.#used += size);
    this.#isOffered = false;
    if (this.#used === buffer.length) {
      this.#level = Math.min(this.#level + 1, this.#sizes.length - 1);
    } else if (size < buffer.length / 16 && this.#level > 0) this.#level--;
    if (size * 2 >= buffer.length) this.#buffer = null;
    return bytes;
  }

  /** Takes a buffer back whose bytes are needed no more, none of them having been given away. */
  reuse(buffer: ArrayBuffer): void {
    if (buffer === this.#buffer?.buffer) {
      if (!this.#isOffered) this.#used = 0;
    } else if (this.#spares.length < SPARES && this.#ours.has(buffer)) this.#spares.push(buffer);
  }

  #renew(size: number): void {
    const spare = this.#spares.pop();
    const fits = spare !== undefined && spare.byteLength === size;
    // Spares of another size are of no use any more.
    if (!fits) this.#spares = [];
    this.#buffer = fits ? new Uint8Array(spare) : new Uint8Array(size);
    this.#used = 0;
    this.#ours.add(this.#buffer.buffer);
  }
}
