/**
 * A message whole in memory, read from front to back; only names look back (RFC 1035 §4.1.4).
 */
import { labelText, MAX_LABEL_LENGTH, MAX_NAME_LENGTH } from "./_dns_name.ts";
import { RemoteProtocolError } from "./error.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Reads numbers in network order; what does not fit is the peer's fault. */
export class DnsReader {
  readonly #bytes: Bytes;
  readonly #view: DataView<ArrayBuffer>;
  #at = 0;
  #end: number;

  constructor(bytes: Bytes) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#end = bytes.length;
  }

  /** How many bytes are left; of the record's data, inside {@linkcode within}. */
  get remaining(): number {
    return this.#end - this.#at;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2));
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  /** A copy of the next bytes: a record must not keep a whole message alive. */
  bytes(size: number): Bytes {
    const at = this.#take(size);
    return this.#bytes.slice(at, at + size);
  }

  /** A string of up to 255 bytes, after its length. */
  characterString(): Bytes {
    return this.bytes(this.u8());
  }

  /** Whatever `read` does with the next `size` bytes, of which it has to take all. */
  within<T>(size: number, read: () => T): T {
    const outer = this.#end;
    this.#end = this.#take(size) + size;
    this.#at = this.#end - size;
    const value = read();
    if (this.remaining > 0) throw bad(`${this.remaining} bytes follow a record's data`);
    this.#end = outer;
    return value;
  }

  skip(size: number): void {
    this.#take(size);
  }

  /**
   * A name. Each pointer has to lead further back than where the piece began that it ends, so that
   * none can lead in a circle; and there are few, so that a chain of them costs nothing either.
   */
  name(): string {
    const labels: string[] = [];
    let length = 1;
    let pointers = 0;
    let start = this.#at;
    let back: number | null = null;
    for (let size = this.u8(); size !== 0; size = this.u8()) {
      if (size >= 0xc0) {
        const target = (size & 0x3f) << 8 | this.u8();
        back ??= this.#at;
        if (target < HEADER_LENGTH || target >= start) throw bad("a name points astray");
        if (++pointers > MAX_POINTERS) throw bad("a name has too many pointers");
        this.#at = start = target;
        continue;
      }
      if (size > MAX_LABEL_LENGTH) throw bad("a label has an unknown form");
      if ((length += 1 + size) > MAX_NAME_LENGTH) throw bad("a name is longer than 255 bytes");
      const at = this.#take(size);
      labels.push(labelText(this.#bytes.subarray(at, at + size)));
    }
    if (back !== null) this.#at = back;
    return labels.length === 0 ? "." : labels.join(".");
  }

  #take(size: number): number {
    const at = this.#at;
    if (at + size > this.#end) throw bad("it is cut short");
    this.#at = at + size;
    return at;
  }
}

/** What is wrong with a message. */
export function bad(so: string, code = "protocol"): RemoteProtocolError {
  return new RemoteProtocolError(`Cannot read a DNS message: ${so}`, { code });
}

/** The bytes before the question, to which no name may point (RFC 1035 §4.1.1). */
export const HEADER_LENGTH = 12;

/** As many as a name can have labels. */
const MAX_POINTERS = 127;
