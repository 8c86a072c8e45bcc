/**
 * Starting a program: the permissions first, then the engine that can do what is asked for.
 *
 * @module
 */
import { PermissionError, PermissionScope } from "../core/permission.ts";
import { spawnByDeno } from "./_process_deno.ts";
import { spawnByNode } from "./_process_node.ts";
import { BoundedSource, MergedSource } from "./_process_pipe.ts";
import type { Child, Endpoint, Engine, SpawnPlan } from "./_process_plan.ts";
import { planOf, settingsOf } from "./_process_settings.ts";
import { ProcessError } from "./process_error.ts";
import type { DetachedProcess, ProcessOptions } from "./process_options.ts";

/**
 * Starts a program.
 *
 * @throws {ProcessError} "failedToStart"
 */
export function spawn(plan: SpawnPlan, scope: PermissionScope): Child {
  try {
    scope.require({ name: "run", command: plan.program });
    const files = [plan.input, plan.output, plan.errors].filter((it) => typeof it === "object");
    for (const { path, mode } of files) {
      scope.require({ name: mode === "read" ? "read" : "write", path });
    }
    const engine = files.length > 0 ? withEnvironment(plan, scope) : spawnByDeno;
    const merges = plan.errors === "output" && plan.output === "pipe";
    const child = merges ? spawnMerged(plan, engine, scope) : engine(plan);
    return { ...child, ready: child.ready.catch((error) => Promise.reject(failure(error, plan))) };
  } catch (error) {
    throw failure(error, plan);
  }
}

/** Starts a program of which nothing more is heard. */
export function spawnDetached(options: ProcessOptions): DetachedProcess {
  const settings = settingsOf(options);
  const plan = planOf(settings, settings.files);
  const own = (endpoint: Endpoint) => endpoint === "pipe" ? "inherit" : endpoint;
  const errors = plan.errors === "output" ? plan.errors : own(plan.errors);
  const input = own(plan.input);
  try {
    const detached = { ...plan, input, output: own(plan.output), errors, newSession: true };
    const { processId, ready, unref } = spawn(
      detached,
      options.scope ?? PermissionScope.process,
    );
    ready.catch(() => {}); // node tells it later too: it has no id to give now
    if (processId === 0) throw failure(new Deno.errors.NotFound("it has no id"), plan);
    unref();
    return { started: true, processId, error: null };
  } catch (error) {
    return { started: false, processId: 0, error: error as ProcessError };
  }
}

function withEnvironment(plan: SpawnPlan, scope: PermissionScope): Engine {
  if (plan.environment.inheritsFromParent) scope.require({ name: "env" });
  else scope.require({ name: "env", variable: "NODE_V8_COVERAGE" });
  return spawnByNode;
}

/**
 * Output and errors in one pipe. No engine makes one pipe for both; a shell does, which then
 * becomes the program, where it may be started. Else two pipes are read, and what was printed to
 * both at nearly the same time may change places.
 */
function spawnMerged(plan: SpawnPlan, engine: Engine, scope: PermissionScope): Child {
  const separate = { ...plan, errors: "pipe" } as const;
  if (Deno.build.os === "windows" || !scope.allows({ name: "run", command: "sh" })) {
    const child = engine(separate);
    const output = new BoundedSource(new MergedSource([child.output!, child.errors!]));
    return { ...child, output, errors: null };
  }
  const child = engine({
    ...separate,
    program: "sh",
    arguments: ["-c", MERGE, plan.program, ...plan.arguments],
  });
  const ready = child.ready.then(() => nothingSaid(child));
  return { ...child, errors: null, ready };
}

/**
 * The shell's own errors go to the second pipe, which ends without a word when the shell has
 * become the program. It looks for the program itself, since what it says when `exec` fails would
 * be taken for the program's output.
 */
const MERGE = `
case $0 in
*/*) [ -f "$0" ] && [ -x "$0" ] ;;
*) command -v "$0" >/dev/null ;;
esac || { echo not found >&2; exit 127; }
exec "$0" "$@" 2>&1`;

async function nothingSaid({ input, output, errors, exit }: Child): Promise<void> {
  if (await errors!.receive(64) === null) return;
  for (const pipe of [input, output, errors]) pipe?.close();
  await exit;
  throw new Deno.errors.NotFound("Cannot start a program: the shell does not find it");
}

function failure(error: unknown, { program, workingDirectory }: SpawnPlan): ProcessError {
  const cause = denial(error, program);
  const { name, code, message, syscall } = Object(cause) as Partial<Record<string, string>>;
  let so = message ?? `${error}`;
  if (cause instanceof PermissionError) {
    so = cause.refusedBy === "process" ? `it needs ${cause.flag}` : "its scope does not allow it";
  } else if (syscall === "open") so = message!;
  else if (message?.includes("No such cwd")) so = `no such folder ${workingDirectory}`;
  else if (code === "ENOENT" && syscall && workingDirectory) so = "no such program, or folder";
  else if (name === "NotFound" || code === "ENOENT") so = "no such program";
  else if (name === "PermissionDenied" || code === "EACCES") so = "it is not executable";
  return new ProcessError("failedToStart", `Cannot start ${program}: ${so}`, { cause });
}

/** What Deno refuses beyond what was asked for: variables of the linker need all of "run". */
function denial(error: unknown, program: string): unknown {
  if ((error as Error).name !== "NotCapable") return error;
  const isLinker = /LD_|DYLD_/.test((error as Error).message);
  const need = isLinker ? { name: "run" } as const : { name: "run", command: program } as const;
  return new PermissionError(need, { cause: error });
}
