/**
 * The processes of a benchmark: all on one CPU, since a wake-up across cores costs more than what
 * is measured.
 *
 * @module
 */

/** How processes are started. */
export interface Placing {
  /** The CPU for all of them, or `null` where `taskset` is missing. */
  readonly cpu: number | null;
}

/** A server in a process of its own. */
export interface Server extends AsyncDisposable {
  readonly port: number;
}

/** Starts a program where it belongs, with its output piped. */
export function start(command: readonly string[], { cpu }: Placing): Deno.ChildProcess {
  const [program, ...args] = cpu === null ? command : ["taskset", "-c", `${cpu}`, ...command];
  return new Deno.Command(program!, { args, stdin: "piped", stdout: "piped", stderr: "inherit" })
    .spawn();
}

/** Runs a program to its end and gives what it printed. */
export async function output(command: readonly string[], placing: Placing): Promise<string> {
  await using process = start(command, placing);
  await process.stdin.close();
  const [text, { code }] = await Promise.all([process.stdout.text(), process.status]);
  if (code !== 0) throw new Error(`Cannot measure: ${command.join(" ")} ended with ${code}`);
  return text;
}

/** Whether a program is there. */
export async function has(program: string): Promise<boolean> {
  try {
    await new Deno.Command(program, { args: ["--version"], stdout: "null", stderr: "null" })
      .output();
    return true;
  } catch {
    return false;
  }
}

/**
 * Makes the command of the server: the C program where a compiler is, else the same in TypeScript.
 *
 * @param folder Where the program is put.
 */
export async function serverCommand(folder: string): Promise<readonly string[]> {
  const source = new URL("../peers/server.c", import.meta.url).pathname;
  const program = `${folder}/server`;
  if (await has("cc")) {
    const args = ["-O2", "-o", program, source];
    const { success } = await new Deno.Command("cc", { args }).output();
    if (success) return [program];
  }
  return [Deno.execPath(), "run", "-A", new URL("../peers/server.ts", import.meta.url).pathname];
}

/** Starts the server in a mode and waits for its port. */
export async function serve(command: readonly string[], placing: Placing): Promise<Server> {
  const process = start(command, placing);
  const lines = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value } = await lines.read();
  return {
    port: Number(value),
    async [Symbol.asyncDispose]() {
      await process.stdin.close();
      await lines.cancel();
      await process.status;
    },
  };
}
