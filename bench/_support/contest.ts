/**
 * What a benchmark is: several peers that do the same work, each in a process of its own.
 *
 * @module
 */
import process from "node:process";

/** What one measurement is given. */
export interface Round {
  /** The port of the server on 127.0.0.1; 0 when the contest needs none. */
  readonly port: number;
  /** How long to measure; warming up comes on top. */
  readonly seconds: number;
}

/** What one measurement gives. */
export interface Figure {
  /** What was measured. */
  readonly value: number;
  /** Microseconds of CPU time that the peer's process spent on one unit of work. */
  readonly cpu?: number;
}

/** Measures once. */
export type Peer = (round: Round) => Promise<Figure>;

/** What is demanded of a peer: a ratio to another, a difference, or a figure. */
export interface Gate {
  readonly peer: string;
  /** The peer to divide by. */
  readonly to?: string;
  /** The peer to subtract. */
  readonly minus?: string;
  /** The least where more is better, else the most. */
  readonly limit: number;
  /** What we would like to reach. */
  readonly aim?: number;
}

/** A benchmark. */
export interface Contest {
  readonly title: string;
  /** What the numbers count. */
  readonly unit: string;
  readonly better: "more" | "less";
  /** Which server the peers talk to. */
  readonly server?: "echo" | "sink" | "source" | "http";
  /** The peers, in the order in which they take turns; the first is what others are compared to. */
  readonly peers: Readonly<Record<string, Peer>>;
  readonly gates: readonly Gate[];
  /** Flags of V8 for the peers. */
  readonly v8Flags?: readonly string[];
  /** Flags of Deno for the peers. */
  readonly denoFlags?: readonly string[];
}

/**
 * How often a second `step` can be done.
 *
 * @param round For `seconds`, after as long for warming up.
 * @param step Does some work and says how much.
 */
export async function perSecond(
  { seconds }: Round,
  step: () => Promise<number>,
): Promise<Figure> {
  await work(seconds, step);
  return await work(seconds, step);
}

async function work(seconds: number, step: () => Promise<number>): Promise<Figure> {
  const before = process.cpuUsage();
  const start = performance.now();
  let done = 0;
  let now = start;
  while (now - start < seconds * 1000) {
    done += await step();
    now = performance.now();
  }
  const { user, system } = process.cpuUsage(before);
  return { value: done / (now - start) * 1000, cpu: (user + system) / done };
}

/** Fails a measurement whose answers are wrong: a fast wrong answer is no figure. */
export function check(isRight: boolean, what: string): void {
  if (!isRight) throw new Error(`Cannot measure: ${what}`);
}
