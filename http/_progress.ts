/**
 * How far a download has come, and whether it still moves.
 *
 * @module
 */
import type { HttpHeaders } from "../protocol/http_headers.ts";
import type { StallTimer, Watched } from "./_stall_timer.ts";

/** Milliseconds between two reports at the least, as in Qt. */
const REPORT_INTERVAL = 100;

/** Whom to tell, and when to give up. */
export interface ProgressOptions {
  /** Milliseconds without progress after which `stalled` is called; 0: never. */
  timeout: number;
  /** Looks at the time. */
  timer: StallTimer;
  /** Called at most once. */
  stalled(): void;
  /** Told of bytes received and expected; -1 when nobody knows. */
  report(received: number, total: number): void;
}

/** Follows one reply. */
export class Progress implements Watched {
  readonly #options: ProgressOptions;
  #received = 0;
  #reported = 0;
  #reportedAt = -Infinity;
  #total = -1;
  /** When something came last, or we began to wait for it. */
  #moved = performance.now();
  /** Whether it is the other side that has to move; while it is we, the time does not count. */
  #isWaiting = true;

  constructor(options: ProgressOptions) {
    this.#options = options;
    const { timeout, timer } = options;
    if (timeout > 0 && timeout < Infinity) timer.add(this, timeout);
  }

  left(now: number): number {
    const { timeout } = this.#options;
    return this.#isWaiting ? this.#moved + timeout - now : timeout;
  }

  stalled(): void {
    this.#options.stalled();
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
    if (size !== null) this.count(size);
    return size;
  }

  /** Counts bytes of the body. */
  count(size: number): void {
    this.#received += size;
  }

  /** Reports for the last time. */
  end(): void {
    this.#options.timer.delete(this);
    this.#report();
  }

  #report(): void {
    if (this.#received === this.#reported) return;
    this.#reported = this.#received;
    this.#reportedAt = this.#moved;
    this.#options.report(this.#received, this.#total);
  }
}
