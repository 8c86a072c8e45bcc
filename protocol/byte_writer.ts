/**
 * The output of a codec: values go in, one array of bytes comes out.
 *
 * @module
 */

/** How a {@linkcode ByteWriter} writes numbers and how it begins. */
export interface ByteWriterOptions {
  /** Which byte of a number comes first on the wire; "big" (network order) by default. */
  readonly endian?: "big" | "little";
  /** The bytes to make room for at the start; 64 by default. */
  readonly capacity?: number;
}

/** A growable array of bytes. Numbers are stored modulo 2ⁿ, so signed ones may be given too. */
export class ByteWriter {
  readonly #little: boolean;
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView<ArrayBuffer>;
  #length = 0;

  /**
   * Makes a writer of no bytes yet.
   *
   * @param options Byte order and first capacity.
   */
  constructor(options: ByteWriterOptions = {}) {
    this.#little = options.endian === "little";
    this.#bytes = new Uint8Array(options.capacity ?? 64);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** How many bytes have been written. */
  get length(): number {
    return this.#length;
  }

  /** Appends one byte. */
  u8(value: number): this {
    const at = this.#extend(1);
    this.#view.setUint8(at, value);
    return this;
  }

  /** Appends two bytes. */
  u16(value: number): this {
    const at = this.#extend(2);
    this.#view.setUint16(at, value, this.#little);
    return this;
  }

  /** Appends four bytes. */
  u32(value: number): this {
    const at = this.#extend(4);
    this.#view.setUint32(at, value, this.#little);
    return this;
  }

  /** Appends eight bytes. */
  u64(value: bigint): this {
    const at = this.#extend(8);
    this.#view.setBigUint64(at, value, this.#little);
    return this;
  }

  /** Appends an IEEE 754 double, eight bytes. */
  f64(value: number): this {
    const at = this.#extend(8);
    this.#view.setFloat64(at, value, this.#little);
    return this;
  }

  /** Appends bytes as they are. */
  bytes(value: ArrayLike<number>): this {
    const at = this.#extend(value.length);
    this.#bytes.set(value, at);
    return this;
  }

  /**
   * Appends text, a byte for each character.
   *
   * @throws RangeError When a character is above U+00FF.
   */
  latin1(text: string): this {
    return this.bytes(encodeLatin1(text));
  }

  /** Appends text as UTF-8. */
  utf8(text: string): this {
    // A UTF-16 unit takes at most three bytes, so that one pass is enough.
    const at = this.#extend(3 * text.length);
    this.#length = at + encoder.encodeInto(text, this.#bytes.subarray(at)).written;
    return this;
  }

  /** Appends zeros until the length is a multiple of `boundary`. */
  align(boundary: number): this {
    // Beyond the length nothing has been written, so that there are zeros already.
    this.#extend((boundary - this.#length % boundary) % boundary);
    return this;
  }

  /**
   * Writes two bytes over those at `at`: for a length known only afterwards.
   *
   * @throws RangeError When they were not written before.
   */
  patchU16(at: number, value: number): this {
    this.#view.setUint16(this.#written(at, 2), value, this.#little);
    return this;
  }

  /**
   * Writes four bytes over those at `at`: for a length known only afterwards.
   *
   * @throws RangeError When they were not written before.
   */
  patchU32(at: number, value: number): this {
    this.#view.setUint32(this.#written(at, 4), value, this.#little);
    return this;
  }

  /**
   * Gives away what was written, uncopied, and begins anew.
   *
   * @returns The bytes; nothing will be written to them any more.
   */
  finish(): Uint8Array<ArrayBuffer> {
    const bytes = this.#bytes.subarray(0, this.#length);
    this.#use(new Uint8Array(64));
    this.#length = 0;
    return bytes;
  }

  #extend(size: number): number {
    const at = this.#length;
    this.#length += size;
    if (this.#length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(64, 2 * this.#length));
      grown.set(this.#bytes.subarray(0, at));
      this.#use(grown);
    }
    return at;
  }

  #written(at: number, size: number): number {
    if (at + size <= this.#length) return at;
    throw new RangeError(
      `Cannot patch ${size} bytes at ${at}: only ${this.#length} bytes are written`,
    );
  }

  #use(bytes: Uint8Array<ArrayBuffer>): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}

/**
 * Text as bytes, each character the byte of the same number (ISO 8859-1).
 *
 * @throws RangeError When a character is above U+00FF.
 */
export function encodeLatin1(text: string): Uint8Array<ArrayBuffer> {
  // UTF-8 of as many bytes as characters is ASCII, and found at the speed of the platform.
  const ascii = encoder.encode(text);
  if (ascii.length === text.length) return ascii;
  return Uint8Array.from(text, latin1Code);
}

function latin1Code(character: string): number {
  const code = character.codePointAt(0)!;
  if (code <= 0xff) return code;
  throw new RangeError(`Cannot encode "${character}" as latin-1: it is above U+00FF`);
}

const encoder = new TextEncoder();
