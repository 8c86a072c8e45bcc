/** One long download over a local socket from a server that never waits. */
import { LocalSocket, type LocalSocketOptions } from "../../ipc/local_socket.ts";
import { type Contest, type Figure, perSecond, type Round } from "../_support/contest.ts";
import { Pattern } from "../_support/pattern.ts";

/** Bytes between two looks at the clock. */
const BATCH = 4 * 1024 * 1024;
/** What the server reads: how many bytes it shall send, more than anyone can read meanwhile. */
const order = new Uint8Array([0, 4, 0, 0, 0, 0, 0, 0]);

/** The abstract name that the server listens on beside its port. */
const nameOf = ({ port }: Round) => `quayside-bench-${port}`;

async function deno(round: Round, size: number): Promise<Figure> {
  const connection = await Deno.connect({ transport: "unix", path: `\0${nameOf(round)}` });
  await connection.write(order);
  const buffer = new Uint8Array(size);
  const pattern = new Pattern();
  return await perSecond(round, async () => {
    const from = pattern.size;
    while (pattern.size - from < BATCH) {
      pattern.see(buffer.subarray(0, await connection.read(buffer) ?? 0));
    }
    return (pattern.size - from) / 1e6;
  });
}

/** Takes what has arrived and says what it was. */
type Take = (socket: LocalSocket) => Uint8Array;

async function bySignals(
  round: Round,
  { take = (socket) => socket.read(), ...options }: LocalSocketOptions & { take?: Take } = {},
): Promise<Figure> {
  const socket = await LocalSocket.connect({ name: nameOf(round), abstract: true, ...options });
  socket.write(order);
  const pattern = new Pattern();
  let goal = 0;
  let reached = () => {};
  socket.readyRead.connect(() => {
    pattern.see(take(socket));
    if (pattern.size >= goal) reached();
  });
  return await perSecond(round, () =>
    new Promise<number>((resolve) => {
      const from = pattern.size;
      goal = from + BATCH;
      reached = () => {
        reached = () => {};
        resolve((pattern.size - from) / 1e6);
      };
    }));
}

/** The user's own buffer, as with Deno's connection. */
function byReadInto(round: Round): Promise<Figure> {
  const buffer = new Uint8Array(1024 * 1024);
  return bySignals(round, { take: (socket) => buffer.subarray(0, socket.readInto(buffer)) });
}

const contest: Contest = {
  title: "one long download over a local socket, one way",
  unit: "MB/s",
  better: "more",
  server: "source",
  peers: {
    "Deno.UnixConn, 64 KiB": (round) => deno(round, 64 * 1024),
    "Deno.UnixConn, 256 KiB": (round) => deno(round, 256 * 1024),
    "readyRead": bySignals,
    "readInto": byReadInto,
    "with credentials": (round) => bySignals(round, { credentials: true }),
    "with descriptors": (round) => bySignals(round, { fileDescriptors: true }),
  },
  gates: [
    { peer: "readInto", to: "Deno.UnixConn, 64 KiB", limit: 0.95, aim: 1.05 },
    { peer: "readyRead", to: "Deno.UnixConn, 64 KiB", limit: 0.95 },
  ],
};
export default contest;
