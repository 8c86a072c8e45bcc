/**
 * Programs, as devices: what one writes they read, what they print one reads.
 *
 * @module
 */
import { InvalidStateError } from "../core/error.ts";
import type { WaitOptions } from "../core/io_device.ts";
import { PermissionScope } from "../core/permission.ts";
import { Signal } from "../core/signal.ts";
import { endSignals } from "../core/_signals.ts";
import { splitCommand } from "./_process_command.ts";
import { Junction } from "./_process_pipe.ts";
import type { Child } from "./_process_plan.ts";
import { Run, type RunContext, unstarted } from "./_process_run.ts";
import {
  type ChannelFiles,
  inputFile,
  nullDevice,
  outputFile,
  planOf,
  settingsOf,
} from "./_process_settings.ts";
import { spawnDetached } from "./_process_spawn.ts";
import { ProcessDevice } from "./process_device.ts";
import { ProcessEnvironment } from "./process_environment.ts";
import { ProcessError } from "./process_error.ts";
import type {
  DetachedProcess,
  ExitStatus,
  InputChannelMode,
  KillOptions,
  OutputFileMode,
  ProcessChannel,
  ProcessChannelMode,
  ProcessOptions,
  ProcessResult,
  StopOptions,
} from "./process_options.ts";

/** Milliseconds for which a program that is asked to end may take its time. */
const STOP_TIMEOUT = 5_000;

/**
 * A program that is started and talked to, after QProcess. No shell looks at its arguments.
 *
 * The states are `starting`, `running`, `notRunning`, and the order of the signals is Qt's:
 * `started`; `readyReadStandardOutput` and `readyReadStandardError` any number of times;
 * `errorOccurred` ("crashed") if a signal ended the program; `readChannelFinished`; `finished`, when
 * all that it printed has arrived. One that cannot be started is `notRunning` first,
 * `errorOccurred` ("failedToStart") comes then, and `finished` never. The world's failures never
 * throw. A process may be started again, also in a slot of `finished`.
 *
 * It is read like any device, one of its two channels at a time: {@linkcode readChannel}. What it
 * prints is kept in memory until it is read, unless {@linkcode readBufferSize} is set or a stream or
 * an iterator reads: then the program is made to wait, and `finished` comes when all was read. A
 * program left behind by this one that keeps its pipes open delays `finished` by 100 ms at the most
 * while it is silent, and by 1 MiB of its output at the most while it is not.
 *
 * Needs `--allow-run=program`; a channel redirected to a file also `--allow-write` (or
 * `--allow-read`) of its path and `--allow-env`, or only `--allow-env=NODE_V8_COVERAGE` if an
 * `environment` is given that does not inherit. A `channelMode` of "merged" keeps the order of
 * what is printed where `sh` may be run too (`--allow-run=program,sh`), and into files; else two
 * pipes are read, and what is printed to both at about the same time may change places.
 *
 * @example
 * ```ts
 * import { Process } from "@quayside/quayside/ipc";
 * import { assertEquals } from "@std/assert";
 *
 * await using sort = new Process({ program: "sort", arguments: ["-r"] });
 * sort.start();
 * sort.write("a\nc\nb\n");
 * sort.closeWriteChannel();
 * const lines: string[] = [];
 * for await (const chunk of sort) lines.push(new TextDecoder().decode(chunk));
 * assertEquals(lines.join(""), "c\nb\na\n");
 * assertEquals((await sort.result).exitCode, 0);
 * ```
 */
export class Process extends ProcessDevice {
  /** The program runs. */
  readonly started: Signal = new Signal();
  /** The program has ended, and all that it printed has arrived. */
  readonly finished: Signal<[exitCode: number, exitStatus: ExitStatus]> = new Signal();
  /** The program: a path, or a name to be found in the PATH of its environment, else of ours. */
  program: string;
  /** The arguments of the program, as they are: no shell looks at them. */
  arguments: readonly string[];
  /** The folder that the program starts in; "" is where this process is. */
  workingDirectory: string;
  /** The environment of the program; what is inserted here it will see. */
  environment: ProcessEnvironment;
  /** What becomes of what the program prints. */
  channelMode: ProcessChannelMode;
  /** Where the program reads. */
  inputChannelMode: InputChannelMode;
  /** Whether the program leads a session and a group of its own (setsid). */
  createNewSession: boolean;

  readonly #scope: PermissionScope;
  readonly #signal: AbortSignal | undefined;
  #files: ChannelFiles;
  #next: Junction | null = null;
  #previous: Junction | null = null;
  #run: Run = new Run();

  /**
   * A process that has not been started.
   *
   * @param options What to start and how; settings count from the next start on.
   */
  constructor(options: ProcessOptions = {}) {
    super();
    const settings = settingsOf(options);
    this.program = settings.program;
    this.arguments = settings.arguments;
    this.workingDirectory = settings.workingDirectory;
    this.environment = settings.environment;
    this.channelMode = settings.channelMode;
    this.inputChannelMode = settings.inputChannelMode;
    this.createNewSession = settings.createNewSession;
    this.#files = settings.files;
    this.#scope = options.scope ?? PermissionScope.process;
    this.#signal = options.signal;
  }

  /** The file that is always empty and takes everything: a channel led to it costs nothing. */
  static get nullDevice(): string {
    return nullDevice;
  }

  /**
   * This process's environment, as "NAME=value".
   *
   * Needs `--allow-env`.
   *
   * @throws {PermissionError} It is not granted.
   */
  static systemEnvironment(): string[] {
    return ProcessEnvironment.systemEnvironment().toStringList();
  }

  /**
   * Splits a command at its spaces, as QProcess::splitCommand does: double quotes keep spaces
   * together, three of them in a row stand for one. Nothing else is special.
   *
   * @param command For example `sh -c "echo a b"`.
   * @returns The program and its arguments.
   */
  static splitCommand(command: string): string[] {
    return splitCommand(command);
  }

  /**
   * Runs a program to its end. It prints where this process prints, and has no input (unless its
   * `inputChannelMode` is "forwarded").
   *
   * @param program A name to be found in the PATH, or a path.
   * @param arguments_ Its arguments.
   * @param options As for the constructor.
   * @returns Its exit code; -2 if it cannot be started, -1 if a signal ended it.
   */
  static async execute(
    program: string,
    arguments_: readonly string[] = [],
    options: ProcessOptions = {},
  ): Promise<number> {
    await using process = new Process({ channelMode: "forwarded", ...options });
    process.start(program, arguments_);
    process.closeWriteChannel();
    const { exitCode, error } = await process.result;
    return error?.code === "crashed" ? -1 : exitCode;
  }

  /**
   * Starts a program that lives on when this process ends, in a session of its own. Its channels
   * are this process's own, or files.
   *
   * @param options As for the constructor; `signal` has no meaning.
   * @returns Whether it was started, its id, and what failed.
   * @throws {TypeError} There is NUL in what is to be started.
   */
  static startDetached(options: ProcessOptions): DetachedProcess {
    return spawnDetached(options);
  }

  /** The program's id; 0 while none runs. */
  get processId(): number {
    return this.state === "notRunning" ? 0 : this.#run.child?.processId ?? 0;
  }

  /** What the program ended with: its exit code, or the number of the signal that ended it. */
  get exitCode(): number {
    return this.#run.outcome?.exitCode ?? 0;
  }

  /** Whether the program ended by itself, or by a signal. */
  get exitStatus(): ExitStatus {
    return this.#run.outcome?.exitStatus ?? "normal";
  }

  /** How the program ended; resolves after `finished`, or when it could not be started. Never
   * rejects. While nothing was started it is about the next start. */
  get result(): Promise<ProcessResult> {
    return this.#run.result;
  }

  /**
   * Starts a program. What is written meanwhile, the program will read.
   *
   * @param program A name or a path; what was set or started before when left out.
   * @param arguments_ Its arguments; none when left out beside a program.
   * @throws {InvalidStateError} The process is not `notRunning`.
   * @throws {TypeError} There is NUL in what is to be started.
   */
  start(program?: string, arguments_: readonly string[] = []): void {
    if (this.state !== "notRunning") {
      throw new InvalidStateError(`Cannot start a process: it is ${this.state}`);
    }
    if (program !== undefined) {
      this.program = program;
      this.arguments = [...arguments_];
    }
    let plan = planOf(this, this.#files);
    if (this.#previous !== null) plan = { ...plan, input: "pipe" };
    if (this.#next !== null) plan = { ...plan, output: "pipe" };
    if (this.#run.outcome !== null) this.#run = new Run();
    this._report(null);
    this.#previous?.expect();
    if (plan.program === "") {
      const error = new ProcessError("failedToStart", "Cannot start a process: no program is set");
      return this.#fail(this.#run, error);
    }
    this._open();
    this._openErrors(plan.errors === "pipe");
    if (plan.input !== "pipe" || this.#previous !== null) this._closeWriting();
    this._become("starting");
    this.#run.live(plan, this.#context(this.#run));
  }

  /**
   * Starts what a command says, split by {@linkcode splitCommand}: no shell looks at it.
   *
   * @param command For example `sort -r "my file"`.
   * @throws {InvalidStateError} The process is not `notRunning`.
   */
  startCommand(command: string): void {
    const [program = "", ...arguments_] = splitCommand(command);
    this.start(program, arguments_);
  }

  /** The program reads this file, from the next start on; `null`: what is written, again. */
  setStandardInputFile(path: string | null): void {
    this.#files = { ...this.#files, input: inputFile(path) };
    this.#previous = null;
  }

  /**
   * The program's output goes to a file, from the next start on.
   *
   * @param path The file, {@linkcode nullDevice}, or `null` for what is read, again.
   * @param mode "truncate" by default.
   */
  setStandardOutputFile(path: string | null, mode: OutputFileMode = "truncate"): void {
    this.#files = { ...this.#files, output: outputFile(path === null ? null : { path, mode }) };
    this.#next = null;
  }

  /**
   * The program's errors go to a file, from the next start on; not when they are "merged".
   *
   * @param path The file, {@linkcode nullDevice}, or `null` for what is read, again.
   * @param mode "truncate" by default.
   */
  setStandardErrorFile(path: string | null, mode: OutputFileMode = "truncate"): void {
    this.#files = { ...this.#files, errors: outputFile(path === null ? null : { path, mode }) };
  }

  /**
   * The program's output is what `next` reads, from the next start of both on, in any order.
   *
   * @param next The process whose program reads; nothing can be written to it any more.
   */
  setStandardOutputProcess(next: Process): void {
    this.#next = next.#previous = new Junction();
  }

  /** Ends the program's input once it has been given all that was written. */
  closeWriteChannel(): void {
    this._closeWriting();
  }

  /**
   * Asks the program to end (SIGTERM; on Windows it has no choice).
   *
   * @param options `group`.
   * @throws {InvalidStateError} A `group` is meant, and the program has none of its own.
   * @throws {PermissionError} A `group` is meant, and `--allow-run` is not granted as a whole.
   */
  terminate(options: KillOptions = {}): void {
    this.#send("SIGTERM", options);
  }

  /**
   * Ends the program at once (SIGKILL); it "crashed" then.
   *
   * @param options `group`.
   * @throws {InvalidStateError} A `group` is meant, and the program has none of its own.
   * @throws {PermissionError} A `group` is meant, and `--allow-run` is not granted as a whole.
   */
  kill(options: KillOptions = {}): void {
    this.#send("SIGKILL", options);
  }

  /**
   * Asks the program to end, and kills it when it takes too long.
   *
   * @param options `timeout` in milliseconds, 5 000 by default; `group`.
   * @returns When it is over; at once if nothing runs. {@linkcode result} tells how it ended.
   * @throws {InvalidStateError} A `group` is meant, and the program has none of its own.
   * @throws {PermissionError} A `group` is meant, and `--allow-run` is not granted as a whole.
   */
  async stop(options: StopOptions = {}): Promise<void> {
    const isOver = () => this.state === "notRunning" ? true : undefined;
    this.terminate(options);
    if (!await this._waitFor(isOver, options.timeout ?? STOP_TIMEOUT)) this.kill(options);
    if (this.state !== "notRunning") await this.result;
  }

  /**
   * Waits until the program runs.
   *
   * @param msecs Milliseconds, 30 000 by default, -1 for ever; or `timeout` and `signal`.
   * @returns Whether it was started; false when the time is over, which `error` tells then.
   * @throws The signal's reason when it aborts.
   */
  waitForStarted(msecs?: number | WaitOptions): Promise<boolean> {
    return this._await(() => this.state === "starting" ? undefined : this.#run.began, msecs);
  }

  /**
   * Waits until the program has ended, and all that it printed has arrived.
   *
   * @param msecs Milliseconds, 30 000 by default, -1 for ever; or `timeout` and `signal`.
   * @returns False when it could not be started, or the time is over, which `error` tells then.
   * @throws The signal's reason when it aborts.
   */
  waitForFinished(msecs?: number | WaitOptions): Promise<boolean> {
    return this._await(() => this.state === "notRunning" ? this.#run.began : undefined, msecs);
  }

  /**
   * Gives the program what is queued, for `timeout` milliseconds at the most (5 000 by default),
   * and kills it. What it prints is not read any more.
   */
  override close(options: { timeout?: number } = {}): void {
    const run = this.#run;
    if (this.state === "notRunning" || run.closing !== "no") return super.close(options);
    run.closing = "asked";
    super.close(options);
    run.stopDraining();
  }

  /** Kills the program, if it runs, and waits until it has gone. */
  override async [Symbol.asyncDispose](): Promise<void> {
    this.#next?.abandon();
    this.#previous?.leave();
    this.close({ timeout: 0 });
    if (this.state !== "notRunning") await this.result;
  }

  /** A program that reads no more may go on printing. */
  protected override _writeFailed(error: unknown): void {
    const sentence = `Cannot write to ${this.program}: it reads no more`;
    const failure = new ProcessError("write", sentence, { cause: error });
    this._failWriting(failure);
    if (this.#run.closing !== "no") this._drop("abort");
    else this._report(failure);
  }

  /** Both pipes may be at their end while the program runs. */
  protected override _shut(timeout: number, until?: "written" | "read"): void {
    if (this.#run.closing !== "no") super._shut(timeout, until);
  }

  /** The session ends before `finished`: the signals outlive it. */
  protected override _dropped(): void {
    const run = this.#run;
    if (run.closing === "asked") run.closing = "done";
    run.stopDraining();
    if (run.outcome === null) run.child?.kill("SIGKILL");
    this._dropErrors();
  }

  /** For the base: one channel less to be drained. */
  protected override _channelEnded(channel: ProcessChannel): void {
    this.#run.channelEnded(channel);
  }

  #context(run: Run): RunContext {
    return {
      scope: this.#scope,
      signal: this.#signal,
      running: (child) => this.#attach(run, child),
      finished: (outcome) => this.#finish(run, outcome),
      failed: (error) => {
        this._drop("close");
        this._become("notRunning");
        this.#fail(run, error);
      },
    };
  }

  #attach(run: Run, child: Child): void {
    this.#previous?.drain(child.input!);
    this.#next?.feed(child.output!);
    const transport = run.transport({ input: !this.#previous, output: !this.#next });
    if (run.closing === "done") {
      transport.close();
      child.errors?.close();
    } else {
      this._attach(transport);
      this._attachErrors(run.errorTransport());
    }
    this._become("running");
    this.started.emit();
  }

  #finish(run: Run, outcome: ProcessResult): void {
    run.outcome = outcome;
    if (outcome.error !== null) this._report(outcome.error);
    this.#previous?.leave();
    this._drop("close");
    this._become("notRunning");
    // A slot may have started the process again.
    if (this.#run === run) this._announceReadEnd();
    if (this.#run === run) this.finished.emit(outcome.exitCode, outcome.exitStatus);
    this.#conclude(run, outcome);
  }

  #fail(run: Run, error: ProcessError): void {
    run.outcome = unstarted(error);
    this.#previous?.refuse();
    this._report(error);
    this.#conclude(run, run.outcome);
  }

  #conclude(run: Run, outcome: ProcessResult): void {
    if (this.#run === run) endSignals(this);
    run.settle(outcome);
    this._wake();
  }

  #send(signal: Deno.Signal, { group = false }: KillOptions): void {
    const run = this.#run;
    if (this.state === "notRunning" || run.child === null) return;
    if (group) run.signalGroup(signal, this.#scope);
    else run.child.kill(signal);
  }
}
