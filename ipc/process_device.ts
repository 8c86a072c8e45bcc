/**
 * What one sees of a program: its state, its errors, and two channels, of which one is read.
 *
 * @module
 */
import { IODevice, type WaitOptions } from "../core/io_device.ts";
import { Signal } from "../core/signal.ts";
import type { Transport } from "../core/transport.ts";
import { ProcessError, type ProcessErrorCode } from "./process_error.ts";
import type { ProcessChannel, ProcessState } from "./process_options.ts";

/**
 * The base of {@linkcode Process}: a device with two channels to read, the way QProcess has them.
 * All that reads is about {@linkcode readChannel}; the other channel is kept meanwhile.
 */
export abstract class ProcessDevice extends IODevice {
  /** The process is in this state now. */
  readonly stateChanged: Signal<[state: ProcessState]> = new Signal();
  /** Something failed; comes once for a failure. */
  readonly errorOccurred: Signal<[error: ProcessError]> = new Signal();
  /** New bytes of the program's output have arrived, whichever channel is read. */
  readonly readyReadStandardOutput: Signal = new Signal();
  /** New bytes of the program's errors have arrived, whichever channel is read. */
  readonly readyReadStandardError: Signal = new Signal();

  /** Made when it is needed: a program of which only the exit code counts has none. */
  #errors: ErrorChannel | null = null;
  #readChannel: ProcessChannel = "standardOutput";
  #state: ProcessState = "notRunning";
  #failure: ProcessError | null = null;

  /** Where the process stands. */
  get state(): ProcessState {
    return this.#state;
  }

  /** What failed last, or `null`; starting anew clears it. */
  get error(): ProcessErrorCode | null {
    return this.#failure?.code ?? null;
  }

  /** The sentence of what failed last, or "". */
  get errorString(): string {
    return this.#failure?.message ?? "";
  }

  /** The channel that is read; `readyRead` and everything that reads are about it. */
  get readChannel(): ProcessChannel {
    return this.#readChannel;
  }
  set readChannel(channel: ProcessChannel) {
    this.#readChannel = channel;
    this._readFrom(channel === "standardError" ? this.#errorChannel() : this);
  }

  /** Unread bytes of a channel beyond which the program is made to wait; 0, at first: no limit. */
  override get readBufferSize(): number {
    return super.readBufferSize;
  }
  override set readBufferSize(size: number) {
    super.readBufferSize = size;
    if (this.#errors !== null) this.#errors.readBufferSize = size;
  }

  /**
   * What the program has printed to its output and nobody has read, whichever channel is read.
   *
   * @throws {InvalidStateError} Something else is reading that channel.
   */
  readAllStandardOutput(): Uint8Array<ArrayBuffer> {
    return this.#readAllFrom("standardOutput");
  }

  /**
   * What the program has printed to its errors and nobody has read, whichever channel is read.
   *
   * @throws {InvalidStateError} Something else is reading that channel.
   */
  readAllStandardError(): Uint8Array<ArrayBuffer> {
    return this.#readAllFrom("standardError");
  }

  /** Throws away what the program has printed to a channel, and what it still will. */
  closeReadChannel(channel: ProcessChannel): void {
    if (channel === "standardError") this.#errors?.discard();
    else this._cancelReading();
  }

  /** For subclasses: a channel has come to its end. */
  protected abstract _channelEnded(channel: ProcessChannel): void;

  /** For subclasses: the process is in this state now. */
  protected _become(state: ProcessState): void {
    if (this.#state === state) return;
    this.#state = state;
    this._wake();
    this.stateChanged.emit(state);
  }

  /** For subclasses: something failed (`null`: not any more); told to slots unless `quietly`. */
  protected _report(failure: ProcessError | null, quietly = false): void {
    this.#failure = failure;
    if (failure !== null && !quietly) this.errorOccurred.emit(failure);
  }

  /** For subclasses: `_open()` for the errors, if they will be seen. */
  protected _openErrors(seen: boolean): void {
    if (seen) this.#errorChannel().open();
    else this.#errors?.open();
  }

  /** For subclasses: `_attach()` for the errors; `null` if none will be seen. */
  protected _attachErrors(transport: Transport | null): void {
    if (transport === null) this.#end("standardError", undefined);
    else this.#errorChannel().attach(transport);
  }

  /** For subclasses: `_drop()` for the errors. */
  protected _dropErrors(): void {
    this.#errors?.drop();
  }

  /** For subclasses: waits; taking too long is an error, as in Qt, but none that is announced. */
  protected async _await(
    decide: () => boolean | undefined,
    wait: number | WaitOptions | undefined,
  ): Promise<boolean> {
    const done = await this._waitFor(decide, wait);
    if (!done && decide() === undefined) {
      const so = "the time is over";
      this._report(new ProcessError("timedout", `Cannot wait for a program: ${so}`), true);
    }
    return done;
  }

  /** For subclasses: the output has brought bytes. */
  protected override _arrived(): void {
    this.#announce("standardOutput");
  }

  /** For subclasses: the output has come to its end. */
  protected override _readEnded(error: unknown): void {
    this.#end("standardOutput", error);
  }

  #errorChannel(): ErrorChannel {
    if (this.#errors !== null) return this.#errors;
    const errors = this.#errors = new ErrorChannel({
      arrived: () => this.#announce("standardError"),
      ended: (error) => this.#end("standardError", error),
    });
    errors.readBufferSize = this.readBufferSize;
    return errors;
  }

  #announce(channel: ProcessChannel): void {
    if (channel === this.#readChannel) this.readyRead.emit();
    if (channel === "standardError") this.readyReadStandardError.emit();
    else this.readyReadStandardOutput.emit();
  }

  #end(channel: ProcessChannel, cause: unknown): void {
    const what = channel === "standardError" ? "errors" : "output";
    const failure = cause === undefined ? null : new ProcessError(
      "read",
      `Cannot read the ${what} of a program: ${(cause as Error).message}`,
      { cause },
    );
    if (channel === "standardError") this.#errors?.finish(failure);
    else this._finishReading(failure);
    if (failure !== null) this._report(failure);
    this._channelEnded(channel);
  }

  #readAllFrom(channel: ProcessChannel): Uint8Array<ArrayBuffer> {
    const before = this.#readChannel;
    this.readChannel = channel;
    try {
      return this.readAll();
    } finally {
      this.readChannel = before;
    }
  }
}

/** The second channel: a device of its own, which the process lets read from. */
class ErrorChannel extends IODevice {
  readonly #observer: { arrived(): void; ended(error: unknown): void };

  constructor(observer: { arrived(): void; ended(error: unknown): void }) {
    super();
    this.#observer = observer;
  }

  open(): void {
    this._open();
    this._closeWriting();
  }

  attach(transport: Transport): void {
    this._attach(transport);
  }

  discard(): void {
    this._cancelReading();
  }

  finish(error: ProcessError | null): void {
    this._finishReading(error);
  }

  drop(): void {
    this._drop("close");
  }

  protected override _arrived(): void {
    this.#observer.arrived();
  }

  protected override _readEnded(error: unknown): void {
    this.#observer.ended(error);
  }

  /** It closes with the process. */
  protected override _shut(): void {}

  protected override _dropped(): void {}
}
