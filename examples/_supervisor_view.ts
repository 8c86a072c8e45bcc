/**
 * What a supervisor shows: a table that stays where it is on a terminal, plain lines in a pipe.
 *
 * @module
 */
import type { Listener, Worker } from "./_supervisor_worker.ts";

/** Workers as a table, line by line. */
export function table(workers: readonly Worker[]): string[] {
  const rows = workers.map(({ name, processId, starts, state, uptime }) =>
    columns([name, state, `${processId || "-"}`, `${starts}`, `${Math.floor(uptime / 1000)} s`])
  );
  return [columns(["name", "state", "process", "starts", "running"]), ...rows];
}

function columns([name, state, ...numbers]: string[]): string {
  return [name!.padEnd(12), state!.padEnd(8), ...numbers.map((it) => it.padStart(8))].join(" ");
}

/** Shows workers until it is disposed of. */
export class View implements Disposable {
  readonly #isTerminal: boolean = Deno.stdout.isTerminal();
  readonly #said = new Map<Worker, string>();
  #workers: readonly Worker[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;
  #height = 0;

  /** Shows these from now on. */
  begin(workers: readonly Worker[]): void {
    this.#workers = workers;
    if (this.#isTerminal) this.#timer = setInterval(() => this.#draw(), 1000);
  }

  /** To be told of what happens. */
  readonly tell: Listener = (worker, event, text) => {
    if (!this.#isTerminal) {
      console.log(event === "line" ? `${worker.name}: ${text}` : `${worker.name} is ${text}`);
      return;
    }
    // What a worker prints must not move our cursor.
    this.#said.set(worker, text.replace(/\p{Cc}/gu, ""));
    this.#draw();
  };

  /** Leaves the last table where it is. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  /** Draws over what was drawn before. */
  #draw(): void {
    const [head = "", ...rows] = table(this.#workers);
    const said = this.#workers.map((worker) => this.#said.get(worker) ?? "");
    const lines = [head, ...rows.map((row, i) => `${row}  ${said[i]}`)];
    const width = Deno.consoleSize().columns - 1;
    const up = this.#height > 0 ? `\x1b[${this.#height}A` : "";
    this.#height = lines.length;
    const text = lines.map((line) => `${line.slice(0, width)}\x1b[K\n`).join("");
    Deno.stdout.writeSync(new TextEncoder().encode(up + text));
  }
}
