/**
 * The engine for channels that lead to files: `spawn` of node:child_process, which takes
 * descriptors. Besides `--allow-run=program` it needs the environment: `--allow-env` to hand this
 * process's own on, or `--allow-env=NODE_V8_COVERAGE` alone, which node looks at in any case.
 *
 * @module
 */
import type { ChildProcess, StdioOptions } from "node:child_process";
import type { Socket } from "node:net";
import { BoundedSource, NodePipe } from "./_process_pipe.ts";
import type { ChannelFile, Child, Endpoint, Exit, SpawnPlan } from "./_process_plan.ts";

/** Starts a program. */
export function spawnByNode(plan: SpawnPlan): Child {
  const files: number[] = [];
  const stdio = (endpoint: Endpoint) => {
    if (typeof endpoint === "string") return endpoint === "null" ? "ignore" : endpoint;
    files.push(open(endpoint));
    return files.at(-1)!;
  };
  try {
    const output = stdio(plan.output);
    // One description for both: what is printed stands in the file in the order of printing.
    const errors = plan.errors === "output" ? output : stdio(plan.errors);
    return childOf(start(plan, [stdio(plan.input), output, errors]));
  } finally {
    for (const file of files) process.getBuiltinModule("node:fs").closeSync(file);
  }
}

function start(plan: SpawnPlan, stdio: StdioOptions): ChildProcess {
  const { environment, workingDirectory } = plan;
  const own = Object.fromEntries(environment);
  return process.getBuiltinModule("node:child_process").spawn(plan.program, plan.arguments, {
    stdio,
    detached: plan.newSession,
    ...(workingDirectory !== "" && { cwd: workingDirectory }),
    env: environment.inheritsFromParent ? { ...Deno.env.toObject(), ...own } : own,
  });
}

function childOf(child: ChildProcess): Child {
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
  child.once("spawn", resolve);
  child.on("error", reject);
  const pipe = (stream: unknown) => stream ? new NodePipe(stream as Socket) : null;
  const source = (stream: unknown) => stream ? new BoundedSource(pipe(stream)!) : null;
  return {
    processId: child.pid ?? 0,
    ready,
    exit: new Promise((resolve) => {
      child.once("exit", (code, signal) => resolve(exitOf(code, signal as Deno.Signal | null)));
    }),
    input: pipe(child.stdin),
    output: source(child.stdout),
    errors: source(child.stderr),
    kill: (signal) => void child.kill(signal as NodeJS.Signals),
    ref: () => child.ref(),
    unref: () => child.unref(),
  };
}

function exitOf(code: number | null, signal: Deno.Signal | null): Exit {
  if (signal === null) return { code: code ?? 0, signal };
  const { signals } = process.getBuiltinModule("node:os").constants;
  return { code: signals[signal as keyof typeof signals], signal };
}

function open({ path, mode }: ChannelFile): number {
  const flags = { read: "r", truncate: "w", append: "a" }[mode];
  return process.getBuiltinModule("node:fs").openSync(path, flags);
}
