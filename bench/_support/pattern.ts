/**
 * The bytes that the server sends: 0 to 250 again and again, so that a lost block shows.
 *
 * @module
 */
import { check } from "./contest.ts";

/** How long the pattern is. */
export const PERIOD = 251;

/** Follows a download. Looks at the first and the last byte of each chunk, which costs nothing. */
export class Pattern {
  #size = 0;

  /** Bytes seen. */
  get size(): number {
    return this.#size;
  }

  /** Takes the next chunk; throws when it is not what comes next. */
  see(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    const last = this.#size + chunk.length - 1;
    const isRight = chunk[0] === this.#size % PERIOD && chunk[chunk.length - 1] === last % PERIOD;
    check(isRight, `a chunk at ${this.#size} is not what was sent`);
    this.#size = last + 1;
  }
}
