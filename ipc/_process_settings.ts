/**
 * From what a process was told to what an engine is given.
 *
 * @module
 */
import type { ChannelFile, Endpoint, SpawnPlan } from "./_process_plan.ts";
import { ProcessEnvironment } from "./process_environment.ts";
import type {
  InputChannelMode,
  OutputFile,
  ProcessChannelMode,
  ProcessOptions,
} from "./process_options.ts";

/** The settings of a process, all of them there. */
export interface ProcessSettings {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly workingDirectory: string;
  readonly environment: ProcessEnvironment;
  readonly channelMode: ProcessChannelMode;
  readonly inputChannelMode: InputChannelMode;
  readonly createNewSession: boolean;
}

/** The files that channels are redirected to. */
export interface ChannelFiles {
  readonly input: ChannelFile | null;
  readonly output: ChannelFile | null;
  readonly errors: ChannelFile | null;
}

/** The file that is always empty and takes everything. */
export const nullDevice: string = Deno.build.os === "windows" ? "\\\\.\\NUL" : "/dev/null";

/** The settings that options stand for. */
export function settingsOf(options: ProcessOptions): ProcessSettings & { files: ChannelFiles } {
  return {
    program: options.program ?? "",
    arguments: [...options.arguments ?? []],
    workingDirectory: options.workingDirectory ?? "",
    environment: environmentOf(options.environment),
    channelMode: options.channelMode ?? "separate",
    inputChannelMode: options.inputChannelMode ?? "managed",
    createNewSession: options.createNewSession ?? false,
    files: {
      input: inputFile(options.standardInputFile ?? null),
      output: outputFile(options.standardOutputFile ?? null),
      errors: outputFile(options.standardErrorFile ?? null),
    },
  };
}

function environmentOf(environment: ProcessOptions["environment"]): ProcessEnvironment {
  if (environment instanceof ProcessEnvironment) return environment;
  if (environment !== undefined) return ProcessEnvironment.from(environment);
  return new ProcessEnvironment({ inheritsFromParent: true });
}

/** A file to read from. */
export function inputFile(path: string | null): ChannelFile | null {
  return path === null ? null : { path, mode: "read" };
}

/** A file to print to. */
export function outputFile(file: string | OutputFile | null): ChannelFile | null {
  if (file === null) return null;
  if (typeof file === "string") return { path: file, mode: "truncate" };
  return { path: file.path, mode: file.mode ?? "truncate" };
}

/**
 * What a process was told, as a plan.
 *
 * @throws {TypeError} The system cannot be told this: there a string ends at its first NUL.
 */
export function planOf(settings: ProcessSettings, files: ChannelFiles): SpawnPlan {
  const { channelMode, inputChannelMode } = settings;
  const forwards = (channel: "Output" | "Error") =>
    channelMode === "forwarded" || channelMode === `forwarded${channel}` ? "inherit" : "pipe";
  const plan: SpawnPlan = {
    program: settings.program,
    arguments: settings.arguments,
    workingDirectory: settings.workingDirectory,
    environment: settings.environment,
    input: endpointOf(files.input, inputChannelMode === "forwarded" ? "inherit" : "pipe"),
    output: endpointOf(files.output, forwards("Output")),
    errors: channelMode === "merged" ? "output" : endpointOf(files.errors, forwards("Error")),
    newSession: settings.createNewSession,
  };
  checkPlan(plan);
  return plan;
}

function endpointOf(file: ChannelFile | null, otherwise: Endpoint): Endpoint {
  if (file === null) return otherwise;
  return file.path === nullDevice ? "null" : file;
}

function checkPlan(plan: SpawnPlan): void {
  const texts = [plan.program, plan.workingDirectory, ...plan.arguments];
  for (const endpoint of [plan.input, plan.output, plan.errors]) {
    if (typeof endpoint === "object") texts.push(endpoint.path);
  }
  const bad = texts.find((text) => text.includes("\0"));
  if (bad === undefined) return;
  const what = JSON.stringify(bad);
  throw new TypeError(`Cannot start ${JSON.stringify(plan.program)}: ${what} has NUL in it`);
}
