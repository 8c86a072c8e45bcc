/** Runs examples as their head comments say: with exactly those permissions. */

const root = new URL("../../", import.meta.url);

/**
 * Starts an example by a command of its head comment.
 *
 * @param name The file's name without its ending.
 * @param words What to put in place of words of the command, and behind it (`args`); which command
 * it is, the first one by default.
 */
export async function example(
  name: string,
  { replace = {}, args = [], at = 0 }: {
    replace?: Record<string, string>;
    args?: string[];
    at?: number;
  } = {},
): Promise<Deno.ChildProcess> {
  const source = await Deno.readTextFile(new URL(`examples/${name}.ts`, root));
  let command = [...source.matchAll(/^ \* deno (run .*)$/gm)][at]![1]!;
  for (const [word, other] of Object.entries(replace)) command = command.replaceAll(word, other);
  const [run, ...rest] = command.split(" ");
  return new Deno.Command(Deno.execPath(), {
    args: [run!, "--no-prompt", "--no-lock", "--quiet", ...rest, ...args],
    cwd: root,
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** What a process printed from its start to its end. */
export async function ended(
  process: Deno.ChildProcess,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const [stdout, stderr, { code }] = await Promise.all([
    process.stdout.text(),
    process.stderr.text(),
    process.status,
  ]);
  return { code, stdout, stderr };
}

/** A running example, line by line; it is ended when the scope is left. */
export class Lines implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = "";

  constructor(process: Deno.ChildProcess) {
    this.#process = process;
    this.#reader = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** The next line, without its end; throws what the example complained of when there is none. */
  async next(): Promise<string> {
    let end = this.#text.indexOf("\n");
    while (end === -1) {
      const { value, done } = await this.#reader.read();
      if (done) throw new Error(await this.#process.stderr.text());
      this.#text += value;
      end = this.#text.indexOf("\n");
    }
    const line = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 1);
    return line;
  }

  /** The port at the end of the next line. */
  async port(): Promise<number> {
    return Number((await this.next()).split(":").at(-1));
  }

  /** Sends a signal. */
  kill(signal: Deno.Signal): void {
    this.#process.kill(signal);
  }

  /** The exit status of an example that ends by itself. */
  async code(): Promise<number> {
    return (await this.#process.status).code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill();
    } catch {
      // It has ended already.
    }
    await this.#reader.cancel();
    if (!this.#process.stderr.locked) await this.#process.stderr.cancel();
    await this.#process.status;
  }
}
