/** Blocks of 64 KiB to a peer that counts them: the count has to come out right. */
import { TcpSocket } from "../../net/tcp_socket.ts";
import { check, type Contest, type Figure, perSecond, type Round } from "../_support/contest.ts";

const BLOCK = 64 * 1024;
/** Blocks between two looks at the clock. */
const BATCH = 16;
/** Unsent bytes beyond which the sender waits. */
const HIGH_WATER = 4 * BLOCK;

/** What a peer of this contest can do. */
interface Sender {
  send(block: Uint8Array<ArrayBuffer>): Promise<unknown> | undefined;
  /** Ends the sending side and reads the server's count. */
  finish(): Promise<Uint8Array>;
}

async function measure(round: Round, sender: Sender): Promise<Figure> {
  const block = new Uint8Array(BLOCK).fill(7);
  let sent = 0;
  const figure = await perSecond(round, async () => {
    for (let i = 0; i < BATCH; i++) await sender.send(block);
    sent += BATCH * BLOCK;
    return BATCH * BLOCK / 1e6;
  });
  const counted = new DataView((await sender.finish()).slice().buffer).getBigUint64(0);
  check(counted === BigInt(sent), `the peer got ${counted} bytes of ${sent}`);
  return figure;
}

async function deno(round: Round): Promise<Figure> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: round.port });
  return await measure(round, {
    async send(block) {
      let sent = 0;
      while (sent < block.length) sent += await connection.write(block.subarray(sent));
    },
    async finish() {
      await connection.closeWrite();
      const count = new Uint8Array(8);
      await connection.read(count);
      return count;
    },
  });
}

async function quayside(round: Round, transfer: boolean): Promise<Figure> {
  const socket = await TcpSocket.connect({ hostname: "127.0.0.1", port: round.port });
  return await measure(round, {
    send(block) {
      socket.write(block, { transfer });
      return socket.bytesToWrite >= HIGH_WATER ? socket.flush() : undefined;
    },
    finish() {
      socket.closeWriteChannel();
      return socket.readExactly(8);
    },
  });
}

const contest: Contest = {
  title: "64 KiB a write, one way",
  unit: "MB/s",
  better: "more",
  server: "sink",
  peers: {
    "Deno.Conn": deno,
    "write, copied": (round) => quayside(round, false),
    "write, transferred": (round) => quayside(round, true),
  },
  gates: [
    { peer: "write, transferred", to: "Deno.Conn", limit: 0.95 },
    { peer: "write, copied", to: "Deno.Conn", limit: 0.95 },
  ],
};
export default contest;
