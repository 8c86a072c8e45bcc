/**
 * Notices transfers that do not move any more.
 *
 * @module
 */
import { LONGEST_TIMEOUT } from "../core/_wait.ts";

/** A transfer that is watched. */
export interface Watched {
  /** Milliseconds from `now` until it counts as stalled; 0 or less: it does. */
  left(now: number): number;
  /** It stalls; it is not watched any more. */
  stalled(): void;
}

/** One timer for all transfers of a manager: one each would take a tenth of a small request. */
export class StallTimer {
  readonly #watched = new Set<Watched>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #due = Infinity;

  /** Watches a transfer that counts as stalled in `milliseconds` at the earliest. */
  add(watched: Watched, milliseconds: number): void {
    this.#watched.add(watched);
    this.#lookAt(performance.now() + milliseconds);
  }

  /** Watches it no more. */
  delete(watched: Watched): void {
    this.#watched.delete(watched);
  }

  /** Stops the timer; what is added afterwards starts it again. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#due = Infinity;
  }

  #lookAt(time: number): void {
    if (time >= this.#due) return;
    clearTimeout(this.#timer);
    this.#due = time;
    const milliseconds = Math.min(time - performance.now(), LONGEST_TIMEOUT);
    this.#timer = setTimeout(() => this.#look(), milliseconds);
    // What we wait for keeps the process alive by itself; a body that nobody reads must not.
    Deno.unrefTimer(this.#timer as unknown as number);
  }

  #look(): void {
    this.#due = Infinity;
    const now = performance.now();
    for (const watched of [...this.#watched]) {
      const left = watched.left(now);
      if (left > 0) this.#lookAt(now + left);
      else if (this.#watched.delete(watched)) watched.stalled();
    }
  }
}
