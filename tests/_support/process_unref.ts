/** Ends while a program runs, which then ends too, since nobody holds its input: to be timed. */
import { Process } from "../../ipc/process.ts";

const process = new Process({ program: "cat" });
process.unref();
process.start();
await process.waitForStarted();
console.log("over");
