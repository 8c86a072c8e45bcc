/**
 * Room for a device's reads. It is never seen outside: a read that fills it is handed over with
 * it, anything less is copied out, so that whoever gets bytes owns their buffer and nobody can take
 * the room away from a read under way. The room grows while reads come back full and shrinks when
 * they come back nearly empty: an idle connection holds two kilobytes, a busy one a quarter of a
 * megabyte (256 KiB reads reached 1.8 GB/s where 64 KiB ones reached 1.6 and 16 KiB ones 1.3).
 *
 * @module
 */
import type { Bytes } from "./_chunk_buffer.ts";

const SIZES: readonly number[] = [2 * 1024, 64 * 1024, 256 * 1024];

/** Where reads go. */
export class Slab {
  readonly #sizes: readonly number[];
  #room: Bytes | null = null;
  #level = 0;

  /** @param sizes The sizes that the room goes through, in bytes, ascending. */
  constructor(sizes: readonly number[] = SIZES) {
    this.#sizes = sizes;
  }

  /** Room for one read, at most `limit` bytes. */
  room(limit: number): Bytes {
    const size = this.#sizes[this.#level]!;
    if (this.#room?.length !== size) this.#room = new Uint8Array(size);
    return limit < size ? this.#room.subarray(0, limit) : this.#room;
  }

  /** The bytes of the read that has just filled `size` bytes of the room, in their own buffer. */
  filled(size: number): Bytes {
    const room = this.#room!;
    if (size === room.length) {
      this.#room = null;
      this.#level = Math.min(this.#level + 1, this.#sizes.length - 1);
      return room;
    }
    if (size < room.length / 16 && this.#level > 0) this.#level--;
    return room.slice(0, size);
  }
}
