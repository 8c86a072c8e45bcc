/**
 * What a process has from one start to the end of what it started.
 *
 * @module
 */
import { InvalidStateError } from "../core/error.ts";
import type { PermissionScope } from "../core/permission.ts";
import type { Transport } from "../core/transport.ts";
import type { Source } from "./_process_pipe.ts";
import type { Child, Exit, SpawnPlan } from "./_process_plan.ts";
import { spawn } from "./_process_spawn.ts";
import { ProcessError } from "./process_error.ts";
import type { ProcessChannel, ProcessResult } from "./process_options.ts";

/** Whom a run tells, and what it may do. */
export interface RunContext {
  readonly scope: PermissionScope;
  /** Kills the program when it aborts. */
  readonly signal: AbortSignal | undefined;
  /** The program runs. */
  running(child: Child): void;
  /** It has ended, and all that it printed has arrived. */
  finished(outcome: ProcessResult): void;
  /** It does not run. */
  failed(error: ProcessError): void;
}

/** Which ends of a program's pipes are the device's own. */
export interface OwnPipes {
  readonly input: boolean;
  readonly output: boolean;
}

/** One start, and what came of it. */
export class Run {
  readonly result: Promise<ProcessResult>;
  readonly settle: (result: ProcessResult) => void;
  /** The channels that may still bring bytes. */
  readonly #draining = new Set<ProcessChannel>(["standardOutput", "standardError"]);
  #leads = false;
  readonly #drained = Promise.withResolvers<void>();
  child: Child | null = null;
  outcome: ProcessResult | null = null;
  /** Whether the program really ran. */
  began = false;
  /** How far the user's wish to close the device has come. */
  closing: "no" | "asked" | "done" = "no";

  constructor() {
    const { promise, resolve } = Promise.withResolvers<ProcessResult>();
    this.result = promise;
    this.settle = resolve;
  }

  /** Goes from the start to the end; starts the program before it returns. */
  async live(plan: SpawnPlan, context: RunContext): Promise<void> {
    const { signal } = context;
    const kill = () => this.child?.kill("SIGKILL");
    signal?.addEventListener("abort", kill);
    try {
      const child = await this.#spawn(plan, context);
      this.began = true;
      context.running(child);
      const exit = await child.exit;
      if (this.#draining.has("standardOutput")) child.output?.childExited();
      if (this.#draining.has("standardError")) child.errors?.childExited();
      await this.#drained.promise;
      context.finished(ended(exit, plan.program));
    } catch (error) {
      context.failed(error as ProcessError);
    } finally {
      signal?.removeEventListener("abort", kill);
    }
  }

  /** No more will come from a channel. */
  channelEnded(channel: ProcessChannel): void {
    this.#draining.delete(channel);
    if (this.#draining.size === 0) this.#drained.resolve();
  }

  /** Nobody wants what may still come. */
  stopDraining(): void {
    this.#drained.resolve();
  }

  /** The program as a transport, as far as its pipes are the device's. */
  transport(own: OwnPipes): Transport {
    const child = this.child!;
    const input = own.input ? child.input : null;
    const output = own.output ? child.output : null;
    return {
      ...reading(output),
      write: (bytes) => input!.write(bytes),
      closeWrite: () => input === null ? Promise.resolve() : input.end(),
      close() {
        output?.close();
        input?.close();
      },
      ref: () => child.ref(),
      unref: () => child.unref(),
    };
  }

  /** The program's errors as a transport, if they are the device's. */
  errorTransport(): Transport | null {
    const errors = this.child!.errors;
    return errors && {
      ...reading(errors),
      write: () => Promise.reject(new TypeError("Cannot write to errors: they are for reading")),
      close: () => errors.close(),
    };
  }

  /** Sends a signal to the program's group. */
  signalGroup(signal: Deno.Signal, scope: PermissionScope): void {
    if (!this.#leads) {
      const so = "it was started without createNewSession";
      throw new InvalidStateError(`Cannot end the group of a program: ${so}`);
    }
    if (Deno.build.os === "windows") return this.child?.kill(signal);
    scope.require({ name: "run" });
    try {
      Deno.kill(-this.child!.processId, signal);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  async #spawn(plan: SpawnPlan, { scope, signal }: RunContext): Promise<Child> {
    if (this.closing !== "no") throw refused(plan, "the process was closed");
    if (signal?.aborted) throw refused(plan, "its signal has aborted", signal.reason);
    this.#leads = plan.newSession;
    const child = this.child = spawn(plan, scope);
    await child.ready;
    return child;
  }
}

/** The reading half of a transport; `null`: nothing comes. */
function reading(source: Source | null): Pick<Transport, "read" | "receive"> {
  const receive = (limit: number) => source?.receive(limit) ?? Promise.resolve(null);
  return {
    receive,
    async read(into) {
      const bytes = await receive(into.length);
      if (bytes !== null) into.set(bytes);
      return bytes?.length ?? null;
    },
  };
}

/** The outcome of a start that failed. */
export function unstarted(error: ProcessError): ProcessResult {
  return { exitCode: -2, exitStatus: "crash", signal: null, error };
}

function ended({ code, signal }: Exit, program: string): ProcessResult {
  // Windows has no signals: what crashes there ends with an NTSTATUS, which is negative.
  if (signal === null && code >= 0) {
    return { exitCode: code, exitStatus: "normal", signal, error: null };
  }
  const so = signal === null ? `it crashed with ${code}` : `${signal} ended it`;
  const error = new ProcessError("crashed", `Cannot go on with ${program}: ${so}`);
  return { exitCode: code, exitStatus: "crash", signal, error };
}

function refused(plan: SpawnPlan, so: string, cause?: unknown): ProcessError {
  return new ProcessError("failedToStart", `Cannot start ${plan.program}: ${so}`, { cause });
}
