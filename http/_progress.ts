/**
 * How far a download has come, and whether it still moves.
 *
 * @module
 */
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
  /** Whether we ourselves hold the transfer up: that time does not count. */
  isFull(): boolean;
}

/** Follows one reply. */
export class Progress {
  readonly #options: ProgressOptions;
  #received = 0;
  #reported = -1;
  #total = -1;
  #moved = performance.now();
  #reportedAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: ProgressOptions) {
    this.#options = options;
    if (options.timeout > 0) this.#watch(options.timeout);
  }

  /** Notes that something came, though no byte of the body. */
  touch(): void {
    this.#moved = performance.now();
  }

  /** Learns from the head how much there will be. */
  expect(headers: HttpHeaders): void {
    this.touch();
    const length = headers.get("content-length");
    // What a transfer coding does to the length is not ours to guess.
    if (length !== null && !headers.has("transfer-encoding")) this.#total = parseInt(length);
  }

  /** Counts what a read of the body brings; reports what the reads before it brought. */
  async follow(read: Promise<number | null>): Promise<number | null> {
    if (this.#received > 0) this.#reportNow(false);
    const size = await read;
    this.#moved = performance.now();
    if (size !== null) this.#received += size;
    return size;
  }

  /** Reports for the last time. */
  end(): void {
    clearTimeout(this.#timer);
    this.#reportNow(true);
  }

  #reportNow(isLast: boolean): void {
    if (this.#received === this.#reported || (isLast && this.#received === 0)) return;
    if (!isLast && this.#moved - this.#reportedAt < REPORT_INTERVAL) return;
    this.#reported = this.#received;
    this.#reportedAt = this.#moved;
    this.#options.report(this.#received, this.#total);
  }

  /** One timer a reply, set again for what is left: touching it for every read would cost more. */
  #watch(milliseconds: number): void {
    this.#timer = setTimeout(() => {
      const { timeout, isFull, expired } = this.#options;
      if (isFull()) this.touch();
      const left = this.#moved + timeout - performance.now();
      if (left > 0) this.#watch(left);
      else expired();
    }, milliseconds);
  }
}
