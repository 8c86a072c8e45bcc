/**
 * Starts a program with channels in files, and leaves it to it: `process_detach_files.ts INPUT
 * OUTPUT`, a program of its own, so that the other one has somebody to outlive.
 */
import { Process } from "../../ipc/process.ts";

const [standardInputFile = "", path = ""] = Deno.args;
const { error } = Process.startDetached({
  program: "sh",
  arguments: ["-c", 'pwd; echo "$A"; cat; echo over >&2'],
  workingDirectory: "/",
  environment: { A: "a", PATH: "/usr/bin:/bin" },
  standardInputFile,
  standardOutputFile: { path, mode: "append" },
});
if (error !== null) console.log(error.message);
