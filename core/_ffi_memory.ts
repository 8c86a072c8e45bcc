/**
 * Memory by address without `Deno.UnsafePointer`: `memcpy` under three signatures does it all. A
 * library other than libc finds it through its own dependence on libc (not on Windows), so that its
 * path alone has to be granted.
 */

/** For the `symbols` of a library on Linux and macOS: what {@linkcode Memory} calls. */
export const memorySymbols = {
  // memcpy returns its first argument: so it tells the address of a buffer.
  addressOf: { name: "memcpy", parameters: ["buffer", "buffer", "usize"], result: "usize" },
  peek: { name: "memcpy", parameters: ["buffer", "usize", "usize"], result: "void" },
  poke: { name: "memcpy", parameters: ["usize", "buffer", "usize"], result: "void" },
  strlen: { parameters: ["usize"], result: "usize" },
  strnlen: { parameters: ["usize", "usize"], result: "usize" },
} as const satisfies Deno.ForeignLibraryInterface;

// Lengths are bigints all the way: V8 makes `BigInt(n)` a plain register, while a number in the
// place of a `usize` takes the slow call (170 ns rather than 26).

/** Bytes that C may look at. */
export type Bytes = ArrayBufferView<ArrayBuffer>;

/**
 * Reads and writes what addresses point at. Nothing is checked: a wrong address ends the process.
 * So addresses stay in the files that wrap a library, and what those give out are copies.
 */
export class Memory {
  readonly #symbols: Deno.DynamicLibrary<typeof memorySymbols>["symbols"];

  /** Uses a library's own {@linkcode memorySymbols}. */
  constructor(symbols: Deno.DynamicLibrary<typeof memorySymbols>["symbols"]) {
    this.#symbols = symbols;
  }

  /**
   * The address of a view's first byte. It holds as long as the caller keeps the view: buffers do
   * not move, but are freed when nothing refers to them. An empty view has no address.
   */
  addressOf(view: Bytes): bigint {
    return this.#symbols.addressOf(view, nothing, 0n);
  }

  /** Fills a view with what is at an address. */
  peek(address: bigint, into: Bytes): void {
    this.#symbols.peek(into, address, BigInt(into.byteLength));
  }

  /** Writes a view to an address. */
  poke(address: bigint, from: Bytes): void {
    this.#symbols.poke(address, from, BigInt(from.byteLength));
  }

  /** A copy of `length` bytes at an address. */
  bytes(address: bigint, length: number): Uint8Array<ArrayBuffer> {
    const copy = new Uint8Array(length);
    if (length > 0) this.peek(address, copy);
    return copy;
  }

  /**
   * The C string at an address, decoded as UTF-8; `null` for the null pointer.
   *
   * @param options `limit`: how many bytes may be looked at, where the end is not certain.
   */
  string(address: bigint, { limit }: { limit?: number } = {}): string | null {
    if (address === 0n) return null;
    const { strlen, strnlen } = this.#symbols;
    const length = limit === undefined ? strlen(address) : strnlen(address, BigInt(limit));
    return new TextDecoder().decode(this.bytes(address, Number(length)));
  }
}

/**
 * Text as C takes it: UTF-8 with a NUL at its end.
 *
 * @throws {TypeError} If the text holds a NUL: C would see only what is before it.
 */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  if (text.includes("\0")) {
    throw new TypeError(`Cannot pass ${JSON.stringify(text)} to C: it holds a NUL`);
  }
  return new TextEncoder().encode(text + "\0");
}

const nothing = new Uint8Array(1);
