/**
 * The usual engine: `Deno.Command`. It needs nothing but `--allow-run=program`.
 *
 * @module
 */
import { BoundedSource, StreamSink, StreamSource } from "./_process_pipe.ts";
import type { Child, Endpoint, Exit, SpawnPlan } from "./_process_plan.ts";

/** Starts a program whose channels lead to no files. */
export function spawnByDeno(plan: SpawnPlan): Child {
  const { program, environment, workingDirectory } = plan;
  const stdio = { stdin: stdioOf(plan.input), stdout: stdioOf(plan.output) };
  const stderr = stdioOf(plan.errors === "output" ? plan.output : plan.errors);
  const child = new Deno.Command(program, {
    args: [...plan.arguments],
    ...(workingDirectory !== "" && { cwd: workingDirectory }),
    ...(!environment.isEmpty && { env: Object.fromEntries(environment) }),
    clearEnv: !environment.inheritsFromParent,
    detached: plan.newSession,
    ...stdio,
    stderr,
  }).spawn();
  return {
    processId: child.pid,
    ready: Promise.resolve(),
    exit: child.status.then(exitOf),
    input: stdio.stdin === "piped" ? new StreamSink(child.stdin) : null,
    output: stdio.stdout === "piped" ? new BoundedSource(new StreamSource(child.stdout)) : null,
    errors: stderr === "piped" ? new BoundedSource(new StreamSource(child.stderr)) : null,
    kill(signal) {
      try {
        child.kill(signal);
      } catch {
        // It has exited, and its status is on its way.
      }
    },
    ref: () => child.ref(),
    unref: () => child.unref(),
  };
}

function stdioOf(endpoint: Endpoint): "piped" | "inherit" | "null" {
  if (typeof endpoint === "object") throw new TypeError("Cannot redirect to a file: use node's");
  return endpoint === "pipe" ? "piped" : endpoint;
}

/** Deno adds 128 to a signal's number, as a shell does. */
function exitOf({ code, signal }: Deno.CommandStatus): Exit {
  return signal === null ? { code, signal } : { code: code - 128, signal };
}
