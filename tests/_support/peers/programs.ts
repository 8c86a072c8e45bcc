/**
 * The programs of this folder: built when they are first needed, run as the other end of a test.
 *
 * @module
 */
import { assertEquals } from "@std/assert";

/** A program that runs; its scope ends its standard input, and it with it. */
export interface PeerProgram extends AsyncDisposable {
  /** The next line that it prints, `null` after the last. */
  line(): Promise<string | null>;
  /** All lines that it still prints. */
  lines(): Promise<string[]>;
}

/** Starts local_peer.cpp (packages g++, pkg-config, qt6-base-dev). */
export function startQt(args: readonly string[]): Promise<PeerProgram> {
  return start("local_peer.cpp", args);
}

/** Starts descriptors.c (package gcc). */
export function startC(args: readonly string[]): Promise<PeerProgram> {
  return start("descriptors.c", args);
}

const built = new Map<string, Promise<string>>();

async function start(source: string, args: readonly string[]): Promise<PeerProgram> {
  if (!built.has(source)) built.set(source, build(source));
  const child = new Deno.Command((await built.get(source))!, {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = linesOf(child.stdout);
  const line = async () => (await lines.next()).value ?? null;
  return {
    line,
    lines: () => Array.fromAsync(lines),
    async [Symbol.asyncDispose]() {
      await child.stdin.close();
      await Array.fromAsync(lines);
      assertEquals((await child.status).code, 0);
    },
  };
}

/** Compiles a source of this folder into one for temporary files; says what is missing. */
async function build(source: string): Promise<string> {
  const path = new URL(source, import.meta.url).pathname;
  const program = `${await Deno.makeTempDir({ prefix: "quayside_peer_" })}/peer`;
  globalThis.addEventListener("unload", () =>
    Deno.removeSync(program.replace(/\/peer$/, ""), {
      recursive: true,
    }));
  const [compiler, ...flags] = source.endsWith(".cpp")
    ? [
      "g++",
      "-fPIC",
      ...(await output("pkg-config", ["--cflags", "--libs", "Qt6Network"])).split(/\s+/),
    ]
    : ["gcc", "-Wall", "-Werror"];
  await output(compiler!, ["-O1", "-o", program, path, ...flags.filter((flag) => flag !== "")]);
  return program;
}

async function output(command: string, args: readonly string[]): Promise<string> {
  const run = () => new Deno.Command(command, { args: [...args] }).output();
  const { success, stderr, stdout } = await run().catch((cause) => {
    throw new Error(`Cannot build a peer: ${command} is missing; see README.md beside`, { cause });
  });
  const text = new TextDecoder().decode(success ? stdout : stderr);
  if (!success) throw new Error(`Cannot build a peer: ${command} says\n${text}`);
  return text;
}

async function* linesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let text = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream())) {
    const [last = "", ...lines] = (text + part).split("\n").reverse();
    yield* lines.reverse();
    text = last;
  }
}
