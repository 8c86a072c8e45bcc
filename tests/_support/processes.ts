/**
 * Programs to test processes with, and what one sees of them.
 *
 * @module
 */
import type { Process } from "../../ipc/process.ts";
import { type ContractDeviceOptions, type ContractPair, transportPeer } from "./device_contract.ts";

/** The signals of a process from now on, in order, with what they carry. */
export function signalsOf(process: Process): string[] {
  const seen: string[] = [];
  process.started.connect(() => seen.push("started"));
  process.stateChanged.connect((state) => seen.push(state));
  process.errorOccurred.connect((error) => seen.push(`error ${error.code}`));
  process.readyRead.connect(() => seen.push("readyRead"));
  process.readyReadStandardOutput.connect(() => seen.push("output"));
  process.readyReadStandardError.connect(() => seen.push("errors"));
  process.readChannelFinished.connect(() => seen.push("readChannelFinished"));
  process.finished.connect((code, status) => seen.push(`finished ${code} ${status}`));
  return seen;
}

/** What starts a script of the shell. */
export function shell(script: string): [program: string, arguments_: string[]] {
  return ["sh", ["-c", script]];
}

/** Bytes as text. */
export function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** What `program` prints, with this and no more permission; it is TypeScript. */
export async function runWith(
  flags: readonly string[],
  program: URL,
  arguments_: readonly string[] = [],
): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--no-config",
      "--no-lock",
      ...flags,
      program.pathname,
      ...arguments_,
    ],
    stdin: "null",
  }).output();
  return text(stdout) + text(stderr);
}

/**
 * A process with a peer that is neither it nor ours: two named pipes, which a shell's `cat`s join
 * to its input and its output.
 */
export async function processAndPeer(
  process: Process,
  { readBufferSize = 0 }: ContractDeviceOptions,
): Promise<ContractPair> {
  const folder = await Deno.makeTempDir();
  const [there, back] = [`${folder}/there`, `${folder}/back`];
  await new Deno.Command("mkfifo", { args: [there, back] }).output();
  process.readBufferSize = readBufferSize;
  process.start("sh", ["-c", JOIN, "sh", there, back]);
  const [from, to] = await Promise.all([Deno.open(there), Deno.open(back, { write: true })]);
  await Deno.remove(folder, { recursive: true });
  let ends = () => {
    to.close();
    ends = () => {};
  };
  const peer = transportPeer({
    read: (into) => from.read(into),
    write: (bytes) => to.write(bytes),
    closeWrite: () => Promise.resolve(ends()),
    close: ends,
  });
  // The `cat` that reads the process's input outlives the shell until it has read it all.
  peer[Symbol.asyncDispose] = async () => {
    ends();
    for await (const _rest of from.readable);
  };
  return { device: process, peer, errors: process.errorOccurred };
}

/** The shell itself lets go of its pipes, so that each ends with its `cat`. */
const JOIN = `
exec 3<&0 4>&1 </dev/null >/dev/null
cat <&3 >"$1" 3<&- 4>&- &
cat <"$2" >&4 3<&- 4>&- &
exec 3<&- 4>&-
wait`;
