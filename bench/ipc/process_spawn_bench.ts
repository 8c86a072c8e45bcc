/** What it costs to run a program that does nothing. */
import { Process } from "../../ipc/process.ts";
import { check, type Contest, type Figure, perSecond, type Round } from "../_support/contest.ts";

const program = "true";

function deno(round: Round, stdio: "piped" | "null"): Promise<Figure> {
  const command = new Deno.Command(program, { stdin: stdio, stdout: stdio, stderr: stdio });
  return perSecond(round, async () => {
    const child = command.spawn();
    if (stdio === "null") check((await child.status).code === 0, "it failed");
    else {
      await child.stdin.close();
      check((await child.output()).code === 0, "it failed");
    }
    return 1;
  });
}

function ours(round: Round, file: string | null): Promise<Figure> {
  return perSecond(round, async () => {
    const process = new Process({ program });
    process.setStandardInputFile(file);
    process.setStandardOutputFile(file);
    process.setStandardErrorFile(file);
    process.start();
    process.closeWriteChannel();
    check((await process.result).exitCode === 0, "it failed");
    return 1;
  });
}

const contest: Contest = {
  title: "programs run one after the other",
  unit: "programs/s",
  better: "more",
  peers: {
    "Deno.Command, piped": (round) => deno(round, "piped"),
    "Deno.Command, null": (round) => deno(round, "null"),
    "Process, piped": (round) => ours(round, null),
    "Process, null": (round) => ours(round, Process.nullDevice),
  },
  gates: [
    { peer: "Process, piped", to: "Deno.Command, piped", limit: 0.95 },
    { peer: "Process, null", to: "Deno.Command, null", limit: 0.95 },
  ],
};
export default contest;
