/** Round trips of 64 bytes on one connection, each sent when the one before is back. */
import { TcpSocket } from "../../net/tcp_socket.ts";
import { check, type Contest, type Figure, perSecond, type Round } from "../_support/contest.ts";

const SIZE = 64;
/** Round trips between two looks at the clock. */
const BATCH = 50;

/** A message that carries its number, and whether an answer is its echo. */
class Numbered {
  readonly bytes = new Uint8Array(SIZE).fill(7);
  #number = 0;

  next(): Uint8Array<ArrayBuffer> {
    this.#number++;
    this.bytes[0] = this.#number;
    this.bytes[1] = this.#number >> 8;
    return this.bytes;
  }

  verify(answer: Uint8Array): void {
    const number = answer[0]! | answer[1]! << 8;
    const isEcho = answer.length === SIZE && number === (this.#number & 0xffff);
    check(isEcho, "an echo is not what was sent");
  }
}

async function deno(round: Round): Promise<Figure> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: round.port });
  connection.setNoDelay(true);
  const message = new Numbered();
  const buffer = new Uint8Array(64 * 1024);
  return await perSecond(round, async () => {
    for (let i = 0; i < BATCH; i++) {
      await connection.write(message.next());
      const size = await connection.read(buffer);
      message.verify(buffer.subarray(0, size ?? 0));
    }
    return BATCH;
  });
}

async function bySignals(round: Round): Promise<Figure> {
  const socket = await connected(round);
  const message = new Numbered();
  let left = 0;
  let finish: () => void;
  socket.readyRead.connect(() => {
    message.verify(socket.read());
    if (--left > 0) socket.write(message.next());
    else finish();
  });
  return await perSecond(round, () =>
    new Promise<number>((resolve) => {
      left = BATCH;
      finish = () => resolve(BATCH);
      socket.write(message.next());
    }));
}

async function byPromises(round: Round): Promise<Figure> {
  const socket = await connected(round);
  const message = new Numbered();
  return await perSecond(round, async () => {
    for (let i = 0; i < BATCH; i++) {
      socket.write(message.next());
      message.verify(await socket.readExactly(SIZE));
    }
    return BATCH;
  });
}

async function connected({ port }: Round): Promise<TcpSocket> {
  const socket = await TcpSocket.connect({ hostname: "127.0.0.1", port });
  socket.setSocketOption("lowDelay", true);
  return socket;
}

const contest: Contest = {
  title: "round trips of 64 bytes, one connection",
  unit: "round trips/s",
  better: "more",
  server: "echo",
  peers: { "Deno.Conn": deno, "readyRead": bySignals, "readExactly": byPromises },
  gates: [{ peer: "readyRead", to: "Deno.Conn", limit: 0.95, aim: 1.05 }],
};
export default contest;
