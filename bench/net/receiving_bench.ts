/** One long download over plain TCP from a server that never waits. */
import { TcpSocket } from "../../net/tcp_socket.ts";
import { type Contest, type Figure, perSecond, type Round } from "../_support/contest.ts";
import { Pattern } from "../_support/pattern.ts";

/** More than anyone can read in a measurement. */
const ENDLESS = 2n ** 50n;
/** Bytes between two looks at the clock. */
const BATCH = 4 * 1024 * 1024;

/** What the server reads: how many bytes it shall send. */
function order(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, ENDLESS);
  return bytes;
}

async function deno(round: Round, size: number): Promise<Figure> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: round.port });
  await connection.write(order());
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

async function bySignals(round: Round): Promise<Figure> {
  const socket = await TcpSocket.connect({ hostname: "127.0.0.1", port: round.port });
  socket.write(order());
  const pattern = new Pattern();
  let goal = 0;
  let reached = () => {};
  socket.readyRead.connect(() => {
    pattern.see(socket.read());
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

async function byIteration(round: Round): Promise<Figure> {
  const socket = await TcpSocket.connect({ hostname: "127.0.0.1", port: round.port });
  socket.write(order());
  const pattern = new Pattern();
  const chunks = socket[Symbol.asyncIterator]();
  return await perSecond(round, async () => {
    const from = pattern.size;
    while (pattern.size - from < BATCH) pattern.see((await chunks.next()).value);
    return (pattern.size - from) / 1e6;
  });
}

const contest: Contest = {
  title: "one long download, one way",
  unit: "MB/s",
  better: "more",
  server: "source",
  peers: {
    "Deno.Conn, 64 KiB": (round) => deno(round, 64 * 1024),
    "Deno.Conn, 256 KiB": (round) => deno(round, 256 * 1024),
    "readyRead": bySignals,
    "for await": byIteration,
  },
  gates: [{ peer: "readyRead", to: "Deno.Conn, 64 KiB", limit: 0.95 }],
};
export default contest;
