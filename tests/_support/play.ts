/**
 * Plays an input to a protocol whole, byte by byte and cut at random: what comes out has to be
 * the same each time.
 */
import { assertEquals } from "@std/assert";
import { ByteReader } from "../../protocol/byte_reader.ts";
import { advance, type Dialogue } from "../../protocol/exchange.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** What can be played to: a connection protocol, or a dialogue by {@linkcode dialogue}. */
export interface Playable {
  receive(chunk: Bytes): readonly object[];
  end?(): readonly object[];
  rest?(): Bytes;
}

export interface PlayOptions {
  /** How many random cuttings to try; 8 by default. */
  readonly cuts?: number;
  /** Where the random numbers begin. */
  readonly seed?: number;
  /** Whether the peer closes at the end; true by default. */
  readonly close?: boolean;
}

/** An event made plain, to be compared: headers are pairs, errors their words, bytes joined. */
export type PlainEvent = Record<string, unknown>;

/**
 * @param makeProtocol Makes a fresh protocol, in the state in which the input may come.
 * @param input All that the peer sends, text being latin-1.
 * @returns The events, the same for every cutting.
 */
export function play(
  makeProtocol: () => Playable,
  input: Bytes | string,
  { cuts = 8, seed = 1, close = true }: PlayOptions = {},
): PlainEvent[] {
  const bytes = typeof input === "string" ? latin1(input) : input;
  const whole = playChunks(makeProtocol(), [bytes], close);
  assertEquals(
    playChunks(makeProtocol(), cutUp(bytes, () => 1), close),
    whole,
    "byte by byte it played differently",
  );
  for (let i = 0; i < cuts; i++) {
    const next = random(seed + i);
    const chunks = cutUp(bytes, () => 1 + Math.floor(next() * next() * bytes.length));
    const hint = `cut at random it played differently: { seed: ${seed + i}, cuts: 1 }`;
    assertEquals(playChunks(makeProtocol(), chunks, close), whole, hint);
  }
  return whole;
}

/** A dialogue as something to play to: its events are what it sent, its value, and the rest. */
export function dialogue<T>(make: (reader: ByteReader) => Dialogue<T>): Playable {
  const reader = new ByteReader();
  const run = make(reader);
  let ended = false;
  const step = (): object[] => {
    if (ended) return [];
    const progress = advance(run);
    ended = progress.done;
    const events: object[] = progress.send.map((bytes) => ({ type: "sent", bytes }));
    return progress.done ? [...events, { type: "value", value: progress.value }] : events;
  };
  const first = step();
  return {
    receive(chunk) {
      reader.feed(chunk);
      return [...first.splice(0), ...step()];
    },
    end() {
      reader.end();
      return [...first.splice(0), ...step()];
    },
    rest: () => reader.rest(),
  };
}

/** Text as bytes, one for each character. */
export function latin1(text: string): Bytes {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Random numbers in [0, 1) that are the same for the same seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Cuts an input into copies of its pieces, so that a protocol cannot peek beyond one. */
export function cutUp(bytes: Bytes, size: () => number): Bytes[] {
  const chunks: Bytes[] = [];
  for (let at = 0; at < bytes.length;) chunks.push(bytes.slice(at, at += size()));
  return chunks;
}

function playChunks(protocol: Playable, chunks: Bytes[], close: boolean): PlainEvent[] {
  const events: PlainEvent[] = [];
  const add = (step: () => readonly object[]) => {
    for (const event of step()) addPlain(events, plain(event) as PlainEvent);
  };
  try {
    for (const chunk of chunks) add(() => protocol.receive(chunk));
    if (close) add(() => protocol.end?.() ?? []);
  } catch (error) {
    events.push({ type: "thrown", error: plain(error) });
  }
  // After a failure it means nothing: the protocol has stopped reading.
  if (events.some((event) => "error" in event)) return events;
  const rest = protocol.rest?.() ?? new Uint8Array(0);
  return rest.length > 0 ? [...events, { type: "rest", bytes: rest }] : events;
}

/** Pieces of a body come as they were cut: one after another they are one piece. */
function addPlain(events: PlainEvent[], event: PlainEvent): void {
  const last = events.at(-1);
  if (event.type !== "data" || last?.type !== "data") {
    events.push(event);
    return;
  }
  const before = last.bytes as Bytes;
  const after = event.bytes as Bytes;
  const joined = new Uint8Array(before.length + after.length);
  joined.set(before);
  joined.set(after, before.length);
  last.bytes = joined;
}

function plain(value: unknown): unknown {
  if (value instanceof Error) {
    const { name, message } = value;
    return { name, message, code: (value as { code?: unknown }).code };
  }
  if (value instanceof Uint8Array) return value.slice();
  if (typeof value !== "object" || value === null) return value;
  if (Symbol.iterator in value) return [...value as Iterable<unknown>].map(plain);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)]));
}
