/**
 * Starts a shell with channels of this program, as the argument says, and prints what came over
 * those that are its own: a program of its own, so that a test sees what it prints.
 */
import { Process } from "../../ipc/process.ts";
import type { ProcessOptions } from "../../ipc/process_options.ts";

const [mode = ""] = Deno.args;
const special: Record<string, ProcessOptions> = {
  input: { inputChannelMode: "forwarded", arguments: ["-c", "cat"] },
  bytes: { arguments: ["-c", 'printf %s "$QUAY" | od -An -tx1'] },
  linker: { environment: { LD_PRELOAD: "x" } },
};
const process = new Process({
  program: "sh",
  arguments: ["-c", "printf 'out '; printf 'err ' >&2"],
  ...(special[mode] ?? { channelMode: mode as "separate" }),
});
process.start();
const { error } = await process.result;
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const read = text(process.readAllStandardOutput()) + text(process.readAllStandardError());
console.log(error?.message ?? `read ${read}`);
