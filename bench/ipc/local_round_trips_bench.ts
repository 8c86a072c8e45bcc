/** Round trips of 64 bytes on one local socket, each sent when the one before is back. */
import { LocalSocket, type LocalSocketOptions } from "../../ipc/local_socket.ts";
import { check, type Contest, type Figure, perSecond, type Round } from "../_support/contest.ts";

const SIZE = 64;
/** Round trips between two looks at the clock. */
const BATCH = 50;

/** The abstract name that the server listens on beside its port. */
const nameOf = ({ port }: Round) => `quayside-bench-${port}`;

async function deno(round: Round): Promise<Figure> {
  const connection = await Deno.connect({ transport: "unix", path: `\0${nameOf(round)}` });
  const message = new Uint8Array(SIZE);
  const buffer = new Uint8Array(64 * 1024);
  return await perSecond(round, async () => {
    for (let i = 0; i < BATCH; i++) {
      message[0]!++;
      await connection.write(message);
      const size = await connection.read(buffer);
      check(size === SIZE && buffer[0] === message[0], "an echo is not what was sent");
    }
    return BATCH;
  });
}

async function bySignals(round: Round, options: LocalSocketOptions = {}): Promise<Figure> {
  const socket = await connected(round, options);
  const message = new Uint8Array(SIZE);
  let left = 0;
  let finish: () => void;
  const send = () => {
    message[0]!++;
    socket.write(message);
  };
  socket.readyRead.connect(() => {
    const echo = socket.read();
    check(echo.length === SIZE && echo[0] === message[0], "an echo is not what was sent");
    if (--left > 0) send();
    else finish();
  });
  return await perSecond(round, () =>
    new Promise<number>((resolve) => {
      left = BATCH;
      finish = () => resolve(BATCH);
      send();
    }));
}

async function byPromises(round: Round): Promise<Figure> {
  const socket = await connected(round);
  const message = new Uint8Array(SIZE);
  return await perSecond(round, async () => {
    for (let i = 0; i < BATCH; i++) {
      message[0]!++;
      socket.write(message);
      const echo = await socket.readExactly(SIZE);
      check(echo[0] === message[0], "an echo is not what was sent");
    }
    return BATCH;
  });
}

function connected(round: Round, options: LocalSocketOptions = {}): Promise<LocalSocket> {
  return LocalSocket.connect({ name: nameOf(round), abstract: true, ...options });
}

const contest: Contest = {
  title: "round trips of 64 bytes, one local socket",
  unit: "round trips/s",
  better: "more",
  server: "echo",
  peers: {
    "Deno.UnixConn": deno,
    "readyRead": bySignals,
    "readExactly": byPromises,
    "with credentials": (round) => bySignals(round, { credentials: true }),
    "with descriptors": (round) => bySignals(round, { fileDescriptors: true }),
  },
  gates: [{ peer: "readyRead", to: "Deno.UnixConn", limit: 0.95, aim: 1.05 }],
};
export default contest;
