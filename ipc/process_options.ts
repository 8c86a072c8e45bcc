/**
 * What a process can be told, and what it tells.
 *
 * @module
 */
import type { PermissionScope } from "../core/permission.ts";
import type { ProcessEnvironment } from "./process_environment.ts";
import type { ProcessError } from "./process_error.ts";

/** Where a process stands, as QProcess::ProcessState. */
export type ProcessState = "notRunning" | "starting" | "running";

/** What a program prints to, as QProcess::ProcessChannel. */
export type ProcessChannel = "standardOutput" | "standardError";

/**
 * What becomes of what a program prints, as QProcess::ProcessChannelMode: two channels to read, one
 * for both, or this process's own output and errors (both, or one of them).
 */
export type ProcessChannelMode =
  | "separate"
  | "merged"
  | "forwarded"
  | "forwardedOutput"
  | "forwardedError";

/** Where a program reads: what is written to the process, or this process's own input. */
export type InputChannelMode = "managed" | "forwarded";

/** What happens to what is in a file already: it goes, or the program's output comes after it. */
export type OutputFileMode = "truncate" | "append";

/** A file to print to. */
export interface OutputFile {
  /** Its path; one of this process, not of the program's working directory. */
  readonly path: string;
  /** "truncate" by default. */
  readonly mode?: OutputFileMode;
}

/** Options of {@linkcode Process}, and of what starts programs without one. */
export interface ProcessOptions {
  /** The program: a name to be found in the PATH, or a path. */
  program?: string;
  /** Its arguments, as they are: no shell looks at them. */
  arguments?: readonly string[];
  /** The folder that it starts in; where this process is by default. */
  workingDirectory?: string;
  /** Its environment: exactly these variables. This process's own by default. */
  environment?: ProcessEnvironment | Readonly<Record<string, string>>;
  /** "separate" by default. */
  channelMode?: ProcessChannelMode;
  /** "managed" by default. */
  inputChannelMode?: InputChannelMode;
  /** A file for the program to read. */
  standardInputFile?: string;
  /** A file for its output. */
  standardOutputFile?: string | OutputFile;
  /** A file for its errors. */
  standardErrorFile?: string | OutputFile;
  /** Makes it the leader of a session and a group of its own, so that the group can be killed. */
  createNewSession?: boolean;
  /** Kills it when it aborts. */
  signal?: AbortSignal;
  /** Narrows what may be started. */
  scope?: PermissionScope;
}

/** Whom {@linkcode Process.kill} and {@linkcode Process.terminate} mean. */
export interface KillOptions {
  /**
   * The program and all that it has started and that is still in its group: for a process with
   * `createNewSession`. Needs `--allow-run` without a program's name. On Windows, where there are
   * no groups, the program alone.
   */
  group?: boolean;
}

/** Options of {@linkcode Process.stop}. */
export interface StopOptions extends KillOptions {
  /** Milliseconds for the program to end by itself, 5 000 by default. */
  timeout?: number;
}

/** How a program ended, as QProcess::ExitStatus: by itself, or by a signal. */
export type ExitStatus = "normal" | "crash";

/** What {@linkcode Process.result} tells. */
export interface ProcessResult {
  /** The exit code, or the number of the signal; -2 if it could not be started. */
  readonly exitCode: number;
  /** "crash" also if it could not be started. */
  readonly exitStatus: ExitStatus;
  /** The signal that ended it, or `null`. */
  readonly signal: Deno.Signal | null;
  /** What failed if it crashed or could not be started, or `null`. */
  readonly error: ProcessError | null;
}

/** What {@linkcode Process.startDetached} has started. */
export interface DetachedProcess {
  /** Whether it was. */
  readonly started: boolean;
  /** Its id; 0 if it was not. */
  readonly processId: number;
  /** Why it was not, or `null`. */
  readonly error: ProcessError | null;
}
