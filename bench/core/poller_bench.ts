/** From the byte that makes a descriptor readable to the line after `await`. */
import { Descriptor } from "../../core/_ffi_descriptor.ts";
import { Libc, libcSpec, pollfd, sys } from "../../core/_libc.ts";
import { openLibrary } from "../../core/_ffi.ts";
import { check, type Contest, type Figure, type Round } from "../_support/contest.ts";
import { spread } from "../_support/table.ts";

type Pair = readonly [left: Descriptor, right: Descriptor];

const contest: Contest = {
  title: "Waking up for a descriptor, the thread asleep",
  unit: "µs",
  better: "less",
  peers: {
    "nonblocking poll": (round) =>
      measure(round, ([left]) => {
        const parameters = ["buffer", "usize", "i32"] as const;
        const poll = { parameters, result: "i32", nonblocking: true } as const;
        const library = openLibrary({ ...libcSpec, symbols: { poll }, requires: ["poll"] });
        const waited = pollfd.encode({ fd: left.fd, events: 1 });
        return () => library.symbols.poll(waited, 1n, -1);
      }),
    Descriptor: (round) => measure(round, ([left]) => () => left.readable()),
  },
  gates: [
    { peer: "Descriptor", limit: 40 },
    { peer: "Descriptor", to: "nonblocking poll", limit: 1.5, aim: 1.2 },
  ],
};

export default contest;

async function measure(
  { seconds }: Round,
  waiting: (pair: Pair) => () => Promise<unknown>,
): Promise<Figure> {
  const pair = socketPair();
  const [left, right] = pair;
  const wait = waiting(pair);
  const byte = new Uint8Array(1);
  const wakeUp = async (asleep: () => Promise<void>) => {
    const woken = wait();
    await asleep();
    const start = performance.now();
    right.libc.symbols.write(right.fd, byte, 1n);
    await woken;
    const took = performance.now() - start;
    check(left.libc.symbols.read(left.fd, byte, 1n) === 1, "it woke up without a byte");
    return took * 1000;
  };
  const times: number[] = [];
  const end = performance.now() + seconds * 1000;
  for (let i = 0; i < 5_000; i++) await wakeUp(() => Promise.resolve());
  while (performance.now() < end || times.length === 0) times.push(await wakeUp(oneMillisecond));
  return { value: spread(times).median };
}

function oneMillisecond(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}

function socketPair(): Pair {
  using libc = new Libc();
  const fds = new Int32Array(2);
  libc.check(libc.symbols.socketpair(sys.AF_UNIX, sys.SOCK_STREAM, 0, fds), "socketpair");
  return [new Descriptor(fds[0]!), new Descriptor(fds[1]!)];
}
