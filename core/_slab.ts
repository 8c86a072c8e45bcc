/**
 * Room for a device's reads. Slices of a slab are handed out and never written again, so small
 * reads share one allocation; a slab grows while reads come back full and shrinks when they come
 * back nearly empty, so that an idle connection holds two kilobytes and a busy one a quarter of a
 * megabyte (256 KiB reads reached 1.8 GB/s where 64 KiB ones reached 1.6 and 16 KiB ones 1.3).
 *
 * @module
 */
import type { Bytes } from "./_chunk_buffer.ts";

const SIZES = [2 * 1024, 64 * 1024, 256 * 1024] as const;

/** Where reads go. */
export class Slab {
  #buffer: Bytes | null = null;
  #used = 0;
  #level = 0;
  #offered = 0;

  /**
   * Room for one read, at most `limit` bytes. A quarter of the slab at least is offered, so that
   * reads do not fray; a slab whose buffer a user has transferred away is replaced.
   */
  room(limit: number): Bytes {
    const size = SIZES[this.#level]!;
    if (this.#buffer === null || this.#buffer.length - this.#used < size / 4) {
      this.#buffer = new Uint8Array(size);
      this.#used = 0;
    }
    const room = this.#buffer.subarray(this.#used, this.#used + limit);
    this.#offered = room.length;
    return room;
  }

  /** The bytes of the read that has just filled `size` bytes of the room offered. */
  filled(size: number): Bytes {
    const bytes = this.#buffer!.subarray(this.#used, this.#used + size);
    this.#used += size;
    if (size === this.#offered) this.#level = Math.min(this.#level + 1, SIZES.length - 1);
    else if (size < SIZES[this.#level]! / 16 && this.#level > 0) this.#level--;
    return bytes;
  }
}
