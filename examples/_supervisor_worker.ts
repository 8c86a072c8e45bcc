/**
 * A program that is kept running: one that fails is started again, later each time in a row.
 *
 * @module
 */
import { Process, type ProcessResult } from "@quayside/quayside/ipc";
import { delay } from "@std/async";

/** Milliseconds before the first new start; each failure in a row doubles them. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 30_000;
/** Failures in a row after which a worker is given up. */
const MOST_FAILURES = 10;
/** Milliseconds that a worker runs before its failure counts as the first one again. */
const STEADY = 10_000;
/** Milliseconds for a worker to end when it is asked to. */
const STOP_TIMEOUT = 5_000;
/** Bytes of a line; a longer one becomes several. */
const LONGEST_LINE = 4096;

/** Where a worker stands. */
export type WorkerState = "running" | "waiting" | "stopped" | "done" | "failed";

/** Told of what happens to a worker, and of the lines that it prints. */
export type Listener = (worker: Worker, event: "state" | "line", text: string) => void;

/**
 * Milliseconds to wait before a worker is started again.
 *
 * @param failures How often in a row it has failed.
 * @returns `null`: it is given up.
 */
export function pauseAfter(failures: number): number | null {
  if (failures > MOST_FAILURES) return null;
  return Math.min(FIRST_PAUSE * 2 ** (failures - 1), LONGEST_PAUSE);
}

/** A program that is kept running. */
export class Worker {
  /** What it is called. */
  readonly name: string;
  readonly #command: string;
  readonly #listener: Listener;
  #state: WorkerState = "stopped";
  #starts = 0;
  #startedAt = 0;
  #process: Process | null = null;
  #stopping = new AbortController();
  #kept: Promise<void> | null = null;

  /**
   * @param name What it is called.
   * @param options The command, split as `Process.startCommand` does; and who is told.
   */
  constructor(name: string, options: { command: string; listener: Listener }) {
    this.name = name;
    this.#command = options.command;
    this.#listener = options.listener;
  }

  /** Where it stands. */
  get state(): WorkerState {
    return this.#state;
  }

  /** The program's id; 0 while none runs. */
  get processId(): number {
    return this.#process?.processId ?? 0;
  }

  /** How often it was started. */
  get starts(): number {
    return this.#starts;
  }

  /** Milliseconds for which the program has been running; 0 while none runs. */
  get uptime(): number {
    return this.#state === "running" ? this.#ran() : 0;
  }

  /** Starts it, unless it runs or will. */
  start(): void {
    if (this.#kept !== null) return;
    const { signal } = this.#stopping = new AbortController();
    this.#kept = this.#keep(signal).finally(() => this.#kept = null);
  }

  /** Ends its whole group: what it has started too. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#process?.stop({ group: true, timeout: STOP_TIMEOUT });
    await this.#kept;
  }

  async #keep(stopped: AbortSignal): Promise<void> {
    for (let failures = 0; !stopped.aborted;) {
      const { exitStatus, exitCode, signal, error } = await this.#once();
      if (stopped.aborted) break;
      if (exitStatus === "normal" && exitCode === 0) return this.#become("done", "done");
      failures = this.#ran() < STEADY ? failures + 1 : 1;
      const pause = pauseAfter(failures);
      const end = signal ?? error?.message ?? `exit code ${exitCode}`;
      if (pause === null) return this.#become("failed", `given up: ${end}`);
      this.#become("waiting", `waiting: ${end}, again in ${pause} ms`);
      await delay(pause, { signal: stopped }).catch(() => {});
    }
    this.#become("stopped", "stopped");
  }

  /** Runs the program to its end. */
  async #once(): Promise<ProcessResult> {
    await using process = new Process({
      channelMode: "merged",
      createNewSession: true,
      standardInputFile: Process.nullDevice,
    });
    process.started.connect(() => this.#become("running", `running as ${process.processId}`));
    process.readyRead.connect(() => this.#repeat(process));
    this.#process = process;
    this.#starts++;
    this.#startedAt = performance.now();
    process.startCommand(this.#command);
    const result = await process.result;
    this.#process = null;
    return result;
  }

  #ran(): number {
    return performance.now() - this.#startedAt;
  }

  #repeat(process: Process): void {
    for (let line; (line = process.readLine(LONGEST_LINE)) !== null;) {
      this.#listener(this, "line", new TextDecoder().decode(line).trimEnd());
    }
  }

  #become(state: WorkerState, text: string): void {
    this.#state = state;
    this.#listener(this, "state", text);
  }
}
