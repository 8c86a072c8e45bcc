/** What one long output of a program costs to read. */
import { Process } from "../../ipc/process.ts";
import { check, type Contest, type Figure, perSecond, type Round } from "../_support/contest.ts";

/** Bytes that a program prints: one step. */
const SIZE = 256 * 1024 * 1024;
const ROOM = 64 * 1024;
const program = "head";
const args = ["-c", `${SIZE}`, "/dev/zero"];

function spawn(): Deno.ChildProcess {
  return new Deno.Command(program, { args, stdin: "null", stdout: "piped", stderr: "null" })
    .spawn();
}

/** Counts what `read` gives until it gives nothing. */
async function count(read: () => Promise<Uint8Array | undefined>): Promise<number> {
  let got = 0;
  for (let chunk; (chunk = await read());) got += chunk.length;
  check(got === SIZE, `${got} bytes came`);
  return got / 1e6;
}

/** BYOB reads into one room, whose bytes are gone with the next read. */
function deno(round: Round, room: (used: ArrayBuffer) => ArrayBuffer): Promise<Figure> {
  return perSecond(round, async () => {
    const child = spawn();
    const reader = child.stdout.getReader({ mode: "byob" });
    let buffer = new ArrayBuffer(ROOM);
    const megabytes = await count(async () => {
      const { value, done } = await reader.read(new Uint8Array(buffer));
      if (done) return undefined;
      buffer = room(value.buffer);
      return value;
    });
    await child.status;
    return megabytes;
  });
}

function quiet(): Process {
  const process = new Process({ program, arguments: args });
  process.setStandardInputFile(Process.nullDevice);
  process.setStandardErrorFile(Process.nullDevice);
  return process;
}

function bySignals(round: Round): Promise<Figure> {
  return perSecond(round, async () => {
    const process = quiet();
    let got = 0;
    process.readyRead.connect(() => got += process.read().length);
    process.start();
    await process.result;
    check(got === SIZE, `${got} bytes came`);
    return got / 1e6;
  });
}

function byIteration(round: Round): Promise<Figure> {
  return perSecond(round, async () => {
    const process = quiet();
    process.start();
    const chunks = process[Symbol.asyncIterator]();
    const megabytes = await count(async () => (await chunks.next()).value);
    await process.result;
    return megabytes;
  });
}

const contest: Contest = {
  title: "one long output of a program",
  unit: "MB/s",
  better: "more",
  peers: {
    "Deno.Command, BYOB": (round) => deno(round, (used) => used),
    "Deno.Command, BYOB, bytes kept": (round) => deno(round, () => new ArrayBuffer(ROOM)),
    "readyRead": bySignals,
    "for await": byIteration,
  },
  gates: [
    { peer: "readyRead", to: "Deno.Command, BYOB", limit: 0.95 },
    { peer: "readyRead", to: "Deno.Command, BYOB, bytes kept", limit: 0.95 },
  ],
};
export default contest;
