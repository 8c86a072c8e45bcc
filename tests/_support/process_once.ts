/**
 * Has `cat` repeat a word once, to a file if one is named, and prints what came of it: a program of
 * its own, so that a test can give it exactly the flags that the documentation names.
 */
import { Process } from "../../ipc/process.ts";

const [standardOutputFile] = Deno.args;
const process = new Process({
  program: "cat",
  ...(standardOutputFile !== undefined && { standardOutputFile, environment: {} }),
});
process.start();
process.write("hello");
process.closeWriteChannel();
const { exitCode, error } = await process.result;
console.log(error?.message ?? `${new TextDecoder().decode(process.readAll())} ${exitCode}`);
