/**
 * Receives many datagrams with one call (`recvmmsg`): entering the system costs more than a
 * datagram does.
 *
 * @module
 */
import { type Libc, msghdr, sys } from "../core/_libc.ts";
import type { HostAddress } from "../protocol/host_address.ts";
import type { ReceivedDatagram } from "./_datagram.ts";
import { type PacketInformation, readAddress, readControl } from "./_datagram_sockaddr.ts";

/** Datagrams a call. */
const COUNT = 32;
/** The longest datagram. */
const DATA = 65_536;
const NAME = 32;
const CONTROL = 128;
/** `sizeof(struct mmsghdr)`: the message and how long it was. */
const ENTRY = msghdr.size + 8;
const { offsets } = msghdr;

/** Room for the datagrams of one call. The kernel gives memory to those pages alone that it uses. */
export class DatagramBatch {
  readonly #libc: Libc;
  readonly #entries = new Uint8Array(COUNT * ENTRY);
  readonly #view = new DataView(this.#entries.buffer);
  readonly #names = new Uint8Array(COUNT * NAME);
  readonly #nameView = new DataView(this.#names.buffer);
  readonly #control = new Uint8Array(COUNT * CONTROL);
  readonly #data = new Uint8Array(COUNT * DATA);
  readonly #vectors = new BigUint64Array(COUNT * 2);
  /** Who sent last: those who send much are read once. */
  readonly #sender = new Uint8Array(NAME);
  #address: HostAddress | null = null;

  /** @param libc What receives. */
  constructor(libc: Libc) {
    this.#libc = libc;
    const base = (view: Uint8Array<ArrayBuffer> | BigUint64Array<ArrayBuffer>) =>
      libc.memory.addressOf(view);
    const [names, control, data, vectors] = [
      base(this.#names),
      base(this.#control),
      base(this.#data),
      base(this.#vectors),
    ];
    for (let i = 0; i < COUNT; i++) {
      const at = i * ENTRY;
      this.#vectors[2 * i] = data + BigInt(i * DATA);
      this.#vectors[2 * i + 1] = BigInt(DATA);
      this.#view.setBigUint64(at + offsets.name, names + BigInt(i * NAME), true);
      this.#view.setBigUint64(at + offsets.vectors, vectors + BigInt(i * 16), true);
      this.#view.setUint32(at + offsets.vectorCount, 1, true);
      this.#view.setBigUint64(at + offsets.control, control + BigInt(i * CONTROL), true);
    }
    this.#reset(COUNT);
  }

  /**
   * Receives what is there.
   *
   * @param fd A socket.
   * @param deliver Called for each datagram; false: no more is wanted for now, of what comes still.
   * @returns How many came; -1 when the call failed, and errno says why.
   */
  receive(fd: number, deliver: (datagram: ReceivedDatagram) => void): number {
    const { symbols } = this.#libc;
    const count = symbols.recvmmsg(fd, this.#entries, COUNT, sys.MSG_DONTWAIT, 0n);
    for (let i = 0; i < count; i++) deliver(this.#datagram(i));
    this.#reset(count);
    return count;
  }

  /** Whether a call that gave so many may have left others. */
  isFull(count: number): boolean {
    return count === COUNT;
  }

  #datagram(i: number): ReceivedDatagram {
    const at = i * ENTRY;
    const size = this.#view.getUint32(at + msghdr.size, true);
    const control = this.#view.getUint32(at + offsets.controlLength, true);
    const data = this.#data.slice(i * DATA, i * DATA + size);
    const address = this.#addressAt(i * NAME);
    const port = this.#nameView.getUint16(i * NAME + 2);
    if (control === 0) return { data, address, port };
    const view = new DataView(this.#control.buffer, i * CONTROL, CONTROL);
    const way: PacketInformation = readControl(view, control);
    return { data, address, port, ...way };
  }

  #addressAt(at: number): HostAddress {
    const isIPv6 = this.#nameView.getUint16(at, true) === sys.AF_INET6;
    const [from, to] = isIPv6 ? [8, 28] : [4, 8];
    let isSame = this.#address !== null && this.#sender[0] === this.#names[at];
    for (let i = from; isSame && i < to; i++) isSame = this.#sender[i] === this.#names[at + i];
    if (isSame) return this.#address!;
    this.#sender.set(this.#names.subarray(at, at + NAME));
    const zone = isIPv6 ? this.#nameView.getUint32(at + 24, true) : 0;
    const bytes = this.#names.slice(at + from, at + (isIPv6 ? 24 : 8));
    return this.#address = readAddress(bytes, zone);
  }

  /** What the kernel has written over. */
  #reset(count: number): void {
    for (let i = 0; i < count; i++) {
      const at = i * ENTRY;
      this.#view.setUint32(at + offsets.nameLength, NAME, true);
      this.#view.setUint32(at + offsets.controlLength, CONTROL, true);
    }
  }
}
