/** What an idle connected socket adds to the resident memory. */
import { TcpSocket } from "../../net/tcp_socket.ts";
import type { Contest, Figure } from "../_support/contest.ts";

const SOCKETS = 4_000;
/** Sockets made at a time, and how many before it counts: they load code and grow pools. */
const BATCH = 100;

declare const gc: () => void;

/** KiB for each of many connections. */
async function each(connect: () => Promise<unknown>): Promise<Figure> {
  const all: unknown[] = [];
  const add = async (count: number) => {
    for (let i = 0; i < count; i += BATCH) {
      all.push(...await Promise.all(Array.from({ length: BATCH }, connect)));
    }
  };
  await add(5 * BATCH);
  const before = await settled();
  await add(SOCKETS);
  const value = (await settled() - before) / SOCKETS / 1024;
  // Whoever is kept until here was alive when it was weighed.
  if (all.length < SOCKETS) throw new Error("Cannot measure: sockets are missing");
  return { value };
}

/** Resident memory once garbage is gone. */
async function settled(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return Deno.memoryUsage().rss;
}

const hostname = "127.0.0.1";

const contest: Contest = {
  title: "idle connected sockets: resident memory",
  unit: "KiB each",
  better: "less",
  server: "sink",
  v8Flags: ["--expose-gc"],
  peers: {
    "Deno.Conn": ({ port }) => each(() => Deno.connect({ hostname, port })),
    "Deno.Conn, reading": ({ port }) =>
      each(async () => {
        const connection = await Deno.connect({ hostname, port });
        return [connection, connection.read(new Uint8Array(2048))];
      }),
    "TcpSocket": ({ port }) => each(() => TcpSocket.connect({ hostname, port })),
  },
  gates: [{ peer: "TcpSocket", limit: 8 }],
};
export default contest;
