/**
 * Protocols as generators, so that a handshake reads top to bottom as if it could block.
 *
 * A {@linkcode Parser} only reads; a {@linkcode Dialogue} talks as well. Neither knows where its
 * bytes come from: whoever drives it feeds its {@linkcode ByteReader} and resumes it.
 *
 * @module
 */
import { ByteReader } from "./byte_reader.ts";
import { RemoteProtocolError } from "./error.ts";

/** Reads a value; yields when it needs more input. */
export type Parser<T> = Generator<void, T, void>;

/** Talks; yields bytes to send, or nothing to wait for input. Every {@linkcode Parser} is one. */
export type Dialogue<T> = Generator<Uint8Array<ArrayBuffer> | void, T, void>;

/** How far a dialogue came: what it wants sent, and its value once it has ended. */
export type Progress<T> =
  | { readonly done: false; readonly send: readonly Uint8Array<ArrayBuffer>[] }
  | { readonly done: true; readonly send: readonly Uint8Array<ArrayBuffer>[]; readonly value: T };

/**
 * Runs a dialogue until it waits for input or ends.
 *
 * @param dialogue A dialogue whose reader holds all that has arrived.
 * @returns What to send before the next input is read, in order, and the value when it has ended.
 * @throws What the dialogue throws: {@linkcode RemoteProtocolError} for a peer's fault.
 */
export function advance<T>(dialogue: Dialogue<T>): Progress<T> {
  const send: Uint8Array<ArrayBuffer>[] = [];
  for (;;) {
    const step = dialogue.next();
    if (step.done) return { done: true, send, value: step.value };
    if (step.value === undefined) return { done: false, send };
    send.push(step.value);
  }
}

/**
 * Parses a complete input.
 *
 * @param parser Makes the parser over the reader it is given.
 * @param input All the bytes there are.
 * @returns The value, and the bytes that the parser did not take.
 * @throws RemoteProtocolError When the input is wrong or too short.
 */
export function parseWhole<T>(
  parser: (reader: ByteReader) => Parser<T>,
  input: Uint8Array<ArrayBuffer>,
): { value: T; rest: Uint8Array<ArrayBuffer> } {
  const reader = new ByteReader();
  reader.feed(input);
  reader.end();
  const step = parser(reader).next();
  if (step.done) return { value: step.value, rest: reader.rest() };
  throw new RemoteProtocolError(
    `Cannot parse ${input.length} bytes: the input is too short`,
    { code: "closed" },
  );
}
