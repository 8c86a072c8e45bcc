/** Starts a program that prints only after this one has ended: a program of its own, to end. */
import { Process } from "../../ipc/process.ts";

const script = "ps -o pid=,sid= -p $$; while kill -0 $0 2>/dev/null; do sleep 0.01; done;" +
  "echo survived";
const { error, processId } = Process.startDetached({
  program: "sh",
  arguments: ["-c", script, `${Deno.pid}`],
});
console.log(error?.message ?? processId);
