/**
 * A progress bar on a terminal. In a pipe it writes nothing.
 *
 * @module
 */

const WIDTH = 40;

/** Draws over its own line. */
export class ProgressBar implements Disposable {
  readonly #title: string;
  readonly #isShown: boolean = Deno.stdout.isTerminal();
  readonly #start: number = performance.now();

  /** @param title What stands before the bar. */
  constructor(title: string) {
    this.#title = title;
  }

  /** Shows how far it is, in bytes. */
  show(done: number, total: number): void {
    if (!this.#isShown || total <= 0) return;
    const full = Math.round(done / total * WIDTH);
    const speed = done / (performance.now() - this.#start) / 1e3;
    const bar = "█".repeat(full) + "░".repeat(WIDTH - full);
    const percent = `${Math.floor(done / total * 100)}`.padStart(3);
    this.#write(`\r${this.#title} ${bar} ${percent} % ${speed.toFixed(0).padStart(5)} MB/s`);
  }

  /** Wipes the line. */
  [Symbol.dispose](): void {
    if (this.#isShown) this.#write("\r\x1b[K");
  }

  #write(text: string): void {
    Deno.stdout.writeSync(new TextEncoder().encode(text));
  }
}
