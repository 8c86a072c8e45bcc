/**
 * What is to be started, and how: what the engines are given.
 *
 * @module
 */
import type { BoundedSource, Sink } from "./_process_pipe.ts";
import type { ProcessEnvironment } from "./process_environment.ts";

/** A file that a channel is redirected to, or comes from. */
export interface ChannelFile {
  readonly path: string;
  readonly mode: "read" | "truncate" | "append";
}

/** Where one of the three channels of a program leads. */
export type Endpoint = "pipe" | "inherit" | "null" | ChannelFile;

/** A program to be started. */
export interface SpawnPlan {
  readonly program: string;
  readonly arguments: readonly string[];
  /** "": where this process is. */
  readonly workingDirectory: string;
  readonly environment: ProcessEnvironment;
  readonly input: Endpoint;
  readonly output: Endpoint;
  /** "output": wherever the output goes. */
  readonly errors: Endpoint | "output";
  /** Whether it leads a session and a process group of its own. */
  readonly newSession: boolean;
}

/** How a program ended. */
export interface Exit {
  /** The exit code; the number of the signal if one ended it. */
  readonly code: number;
  readonly signal: Deno.Signal | null;
}

/** A program that has been started. */
export interface Child {
  readonly processId: number;
  /** Resolves when the program really runs; rejects with why it does not. */
  readonly ready: Promise<void>;
  /** Never rejects. */
  readonly exit: Promise<Exit>;
  readonly input: Sink | null;
  readonly output: BoundedSource | null;
  readonly errors: BoundedSource | null;
  /** Does nothing once it has exited. */
  kill(signal: Deno.Signal): void;
  ref(): void;
  unref(): void;
}

/** Starts a program; throws what the system says when that fails at once. */
export type Engine = (plan: SpawnPlan) => Child;
