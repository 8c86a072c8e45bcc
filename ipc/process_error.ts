/**
 * What can go wrong with a process.
 *
 * @module
 */
import { NetworkingError } from "../core/error.ts";

/** What can go wrong with a process, in Qt's words (QProcess::ProcessError). */
export type ProcessErrorCode =
  | "failedToStart"
  | "crashed"
  | "timedout"
  | "read"
  | "write"
  | "unknown";

/** A process failed; `code` says how, in the words of QProcess::ProcessError. */
export class ProcessError extends NetworkingError {
  /** The class's name, for printing. */
  override readonly name: string = "ProcessError";
  /** How it failed. */
  declare readonly code: ProcessErrorCode;

  /**
   * Makes the error; whoever throws says what could not be done.
   *
   * @param code How it failed.
   * @param message "Cannot ‹do› ‹what›: ‹what is so›".
   * @param options `cause`: the error underneath, a `PermissionError` if a permission was missing.
   *
   * @example
   * ```ts
   * import { Process } from "@quayside/quayside/ipc";
   * import { assertEquals } from "@std/assert";
   *
   * await using process = new Process({ program: "no-such-program" });
   * process.start();
   * const { error } = await process.result;
   * assertEquals(error?.code, "failedToStart");
   * assertEquals(error?.message, "Cannot start no-such-program: no such program");
   * ```
   */
  constructor(code: ProcessErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
  }
}
