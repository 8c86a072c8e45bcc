/**
 * The input of a generator parser: chunks go in by {@linkcode ByteReader.feed}, values come out.
 *
 * Invariants: the unread bytes are always one stretch, `#bytes[#at..#end]`. While a chunk is read
 * up before the next one comes, which is the rule, nothing is copied: what is handed out are views
 * of the chunk. Only a value that crosses chunks is joined, in a buffer of ours that doubles, so
 * that n bytes cost O(n) however they were cut. Bytes once handed out are never written again.
 *
 * @module
 */
import { LimitExceededError, RemoteProtocolError } from "./error.ts";
import type { Parser } from "./exchange.ts";

/** A limit with the name of the option that sets it, in bytes. */
export interface ByteLimit {
  /** The option's name, for the error. */
  readonly name: string;
  /** The most bytes allowed. */
  readonly max: number;
}

/** Unread input, taken by generators that yield when they need more of it. */
export class ByteReader {
  #bytes: Uint8Array<ArrayBuffer> = empty;
  #at = 0;
  #end = 0;
  #ended = false;

  /** How many bytes have arrived and are unread. */
  get available(): number {
    return this.#end - this.#at;
  }

  /** Whether the peer has closed: no byte will follow those available. */
  get ended(): boolean {
    return this.#ended;
  }

  /**
   * Adds input.
   *
   * @param chunk Is kept, not copied: it must not be written to afterwards.
   */
  feed(chunk: Uint8Array<ArrayBuffer>): void {
    if (this.#at === this.#end) {
      this.#bytes = chunk;
      this.#at = 0;
      this.#end = chunk.length;
      return;
    }
    const end = this.#end + chunk.length;
    // A chunk of the caller's ends where its array ends, so that only ours is appended to.
    if (end > this.#bytes.length) this.#grow(chunk.length);
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** Says that the peer has closed; a generator that needs more then throws. */
  end(): void {
    this.#ended = true;
  }

  /** All unread bytes, which stay unread: for a codec that looks before it takes. */
  peek(): Uint8Array<ArrayBuffer> {
    return this.#at === 0 && this.#end === this.#bytes.length
      ? this.#bytes
      : this.#bytes.subarray(this.#at, this.#end);
  }

  /**
   * Takes what is there, at once.
   *
   * @param max The most bytes to take; all that are available by default.
   * @returns A view of at most `max` bytes, empty when none are available.
   */
  take(max: number = this.available): Uint8Array<ArrayBuffer> {
    if (max >= this.available) {
      const all = this.peek();
      this.#at = this.#end;
      return all;
    }
    return this.#bytes.subarray(this.#at, this.#at += max);
  }

  /**
   * Takes the bytes past the end of this protocol, which belong to the next one.
   *
   * @returns All unread bytes; the reader then holds nothing, not even a buffer.
   */
  rest(): Uint8Array<ArrayBuffer> {
    const rest = this.take();
    this.#bytes = empty;
    this.#at = this.#end = 0;
    return rest;
  }

  /**
   * Reads exactly `n` bytes.
   *
   * @throws RemoteProtocolError When the peer closes before.
   */
  *exactly(n: number): Parser<Uint8Array<ArrayBuffer>> {
    while (this.available < n) {
      if (this.#ended) this.#tooShort(`${n} bytes`);
      yield;
    }
    return this.take(n);
  }

  /**
   * Reads up to a delimiter, which is taken but not returned.
   *
   * @param delimiter A byte, or a sequence of at least one.
   * @param limit The most bytes before the delimiter.
   * @throws LimitExceededError When the delimiter does not come within the limit.
   * @throws RemoteProtocolError When the peer closes before.
   */
  *until(delimiter: number | Uint8Array, limit: ByteLimit): Parser<Uint8Array<ArrayBuffer>> {
    const mark = typeof delimiter === "number" ? Uint8Array.of(delimiter) : delimiter;
    for (let searched = 0;;) {
      const found = indexOf(this.#bytes, { mark, from: this.#at + searched, end: this.#end });
      const length = found < 0 ? this.available - mark.length + 1 : found - this.#at;
      if (length > limit.max) {
        const { name, max } = limit;
        throw new LimitExceededError(
          name,
          `Cannot read up to a delimiter: more than ${max} bytes came before it (${name})`,
        );
      }
      if (found >= 0) {
        const bytes = this.take(length);
        this.#at += mark.length;
        return bytes;
      }
      if (this.#ended) this.#tooShort("up to a delimiter");
      // The next search begins where a delimiter could have begun but not ended.
      searched = Math.max(0, length);
      yield;
    }
  }

  #grow(more: number): void {
    const unread = this.peek();
    this.#bytes = new Uint8Array(Math.max(64, 2 * (unread.length + more)));
    this.#bytes.set(unread);
    this.#at = 0;
    this.#end = unread.length;
  }

  #tooShort(what: string): never {
    throw new RemoteProtocolError(
      `Cannot read ${what}: the peer closed after ${this.available} bytes`,
      { code: "closed" },
    );
  }
}

/**
 * Bytes as text, each byte the character of the same number (ISO 8859-1).
 *
 * `TextDecoder("latin1")` would be windows-1252, and four times as slow as this on ASCII text.
 */
export function decodeLatin1(bytes: Uint8Array): string {
  // UTF-8 that has neither fewer characters than bytes nor a replacement character is ASCII.
  const text = utf8.decode(bytes);
  if (text.length === bytes.length && !text.includes("\ufffd")) return text;
  let latin1 = "";
  for (let at = 0; at < bytes.length; at += 8192) {
    latin1 += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return latin1;
}

function indexOf(
  bytes: Uint8Array,
  { mark, from, end }: { mark: Uint8Array; from: number; end: number },
): number {
  const last = end - mark.length;
  for (let at = from; at <= last; at++) {
    at = bytes.indexOf(mark[0]!, at);
    if (at < 0 || at > last) return -1;
    let same = 1;
    while (same < mark.length && bytes[at + same] === mark[same]) same++;
    if (same === mark.length) return at;
  }
  return -1;
}

const empty = new Uint8Array(0);
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
