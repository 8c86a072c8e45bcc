/**
 * Feeds a protocol what no peer should send. The only thing that may come of it is a
 * {@linkcode RemoteProtocolError}, thrown or as the `error` of an event, and soon.
 */
import { AssertionError } from "@std/assert";
import { RemoteProtocolError } from "../../protocol/error.ts";
import { cutUp, latin1, type Playable, random } from "./play.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export interface JunkOptions {
  /** How many inputs to try; 300 by default. */
  readonly rounds?: number;
  /** Where the random numbers begin. */
  readonly seed?: number;
  /** The longest that one input may take, in milliseconds. */
  readonly slow?: number;
}

/**
 * @param makeProtocol Makes a fresh protocol, in the state in which the input may come.
 * @param samples Good inputs, to be spoiled; text is latin-1.
 * @returns How many of the inputs were refused.
 * @throws AssertionError Naming the seed and the input, when something else comes of it.
 */
export function junk(
  makeProtocol: () => Playable,
  samples: readonly (Bytes | string)[],
  { rounds = 300, seed = 1, slow = 1000 }: JunkOptions = {},
): number {
  const good = samples.map((sample) => typeof sample === "string" ? latin1(sample) : sample);
  let refused = 0;
  for (let i = 0; i < rounds; i++) {
    const next = random(seed + i);
    const input = i % 4 === 0 ? noise(next) : spoiled(good, next);
    const fail = (what: string) =>
      new AssertionError(`${what}, by { seed: ${seed + i}, rounds: 1 }: ${show(input)}`);
    const start = performance.now();
    try {
      if (feed(makeProtocol(), input, next)) refused++;
    } catch (error) {
      throw fail(error instanceof Error ? error.stack ?? error.message : String(error));
    }
    const took = performance.now() - start;
    if (took > slow) throw fail(`It took ${took} ms`);
  }
  return refused;
}

/** Whether the protocol refused the input. */
function feed(protocol: Playable, input: Bytes, next: () => number): boolean {
  // The most that could come of a byte: the end of one message and the whole of another.
  let allowed = 16 + 4 * input.length;
  const check = (events: readonly { error?: unknown }[]) => {
    allowed -= events.length;
    if (allowed < 0) throw new Error("More events came than bytes could make");
    const failed = events.find((event) => event.error !== undefined);
    if (failed !== undefined) throw failed.error;
  };
  try {
    for (const chunk of cutUp(input, () => 1 + Math.floor(next() * 40))) {
      check(protocol.receive(chunk));
    }
    check(protocol.end?.() ?? []);
  } catch (error) {
    if (error instanceof RemoteProtocolError) return true;
    throw error;
  }
  return false;
}

function noise(next: () => number): Bytes {
  return Uint8Array.from({ length: Math.floor(next() * 200) }, () => Math.floor(next() * 256));
}

/** One good input with one to four faults. */
function spoiled(good: readonly Bytes[], next: () => number): Bytes {
  const pick = (n: number) => Math.floor(next() * n);
  let bytes = [...good[pick(good.length)]!];
  for (let faults = 1 + pick(4); faults > 0; faults--) {
    const at = pick(bytes.length + 1);
    const length = pick(8);
    const spoil = [
      () => bytes.splice(at, 1, pick(256)),
      () => bytes.splice(at, length),
      () => bytes.splice(at, 0, ...bytes.slice(at, at + length)),
      () => bytes.splice(at, 0, ...latin1(sharp[pick(sharp.length)]!)),
      () => bytes = bytes.slice(0, at),
    ];
    spoil[pick(spoil.length)]!();
  }
  return Uint8Array.from(bytes);
}

function show(input: Bytes): string {
  return JSON.stringify(Array.from(input, (byte) => String.fromCharCode(byte)).join(""));
}

/** What is likely to hurt a text or a binary protocol. */
const sharp = [
  "\r",
  "\n",
  "\0",
  "\r\n",
  "\r\n\r\n",
  ":",
  ",",
  " ",
  "\t",
  "-1",
  "99999999999999999999",
  "ffffffff",
  "\xff\xff\xff\xff",
  "\x80",
];
