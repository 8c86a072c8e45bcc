/**
 * How far a download has come, and whether it still moves.
 *
 * @module
 */
import { LONGEST_TIMEOUT } from "../core/_wait.ts";
import type { HttpHeaders } from "../protocol/http_headers.ts";

/** Milliseconds between two reports at the least, as in Qt. */
const REPORT_INTERVAL = 100;

/** Whom to tell, and when to give up. */
export interface ProgressOptions {
  /** Milliseconds without progress after which `expired` is called; 0: never. */
  timeout: number;
  /** Called at most once. */
  expired(): void;
  /** Told of bytes received and expected; -1 when nobody knows. */
  report(received: number, total: number): void;
}

/** Follows one reply. */
export class Progress {
  readonly #options: ProgressOptions;
  #received = 0;
  #reported = 0;
  #reportedAt = -Infinity;
  #total = -1;
  /** When something came last, or we began to wait for it. */
  #moved = performance.now();
  /** Whether it is the other side that has to move; while it is we, the time does not count. */
  #isWaiting = true;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: ProgressOptions) {
    this.#options = options;
    if (options.timeout > 0) this.#watch(options.timeout);
  }

  /** Notes that something moved, and that the other side is to move next. */
  touch(): void {
    this.#moved = performance.now();
    this.#isWaiting = true;
  }

  /** Notes that it is we who have to move next. */
  pause(): void {
    this.#isWaiting = false;
  }

  /** Learns from the head how much there will be. */
  expect(headers: HttpHeaders): void {
    this.pause();
    const length = headers.get("content-length");
    // What a transfer coding does to the length is not ours to guess.
    if (length !== null && !headers.has("transfer-encoding")) this.#total = parseInt(length);
  }

  /** Counts what a read of the body brings; reports what the reads before it brought. */
  async follow(read: Promise<number | null>): Promise<number | null> {
    this.touch();
    if (this.#moved - this.#reportedAt >= REPORT_INTERVAL) this.#report();
    const size = await read;
    this.pause();
    if (size !== null) this.#received += size;
    return size;
  }

  /** Reports for the last time. */
  end(): void {
    clearTimeout(this.#timer);
    this.#report();
  }

  #report(): void {
    if (this.#received === this.#reported) return;
    this.#reported = this.#received;
    this.#reportedAt = this.#moved;
    this.#options.report(this.#received, this.#total);
  }

  /** One timer a reply, set again for what is left: touching it for every read would cost more. */
  #watch(milliseconds: number): void {
    this.#timer = setTimeout(() => {
      const { timeout, expired } = this.#options;
      const idle = this.#isWaiting ? performance.now() - this.#moved : 0;
      if (idle < timeout) this.#watch(timeout - idle);
      else expired();
    }, Math.min(milliseconds, LONGEST_TIMEOUT));
    // What we wait for keeps the process alive by itself; a body that nobody reads must not.
    Deno.unrefTimer(this.#timer as unknown as number);
  }
}
