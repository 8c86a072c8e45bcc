/**
 * Datagrams that have arrived and were not read: a bounded queue that says once that there are
 * some, and then keeps silent until one was taken.
 *
 * @module
 */
import type { NetworkingError } from "../core/error.ts";
import type { NetworkDatagram } from "./network_datagram.ts";

/** What a datagram counts beside its bytes, much as in the system's own buffers. */
const OVERHEAD = 256;

/** The queue of a socket, for one time that it is open. */
export class DatagramInbox {
  /** How many have arrived, ever. */
  arrivals = 0;
  /** Up to which arrival somebody has read or waited. */
  seen = 0;
  /** Whether an iterator takes them. */
  isClaimed = false;
  /** What arrives, as a stream. */
  readable: ReadableStream<Uint8Array<ArrayBuffer>> | null = null;
  /** What is sent meanwhile, as a stream. */
  writable: WritableStream<Uint8Array | string> | null = null;
  /** Why no more can come, if something failed. */
  error: NetworkingError | null = null;
  /** Unread bytes. */
  bytes = 0;
  readonly #ready: () => void;
  /** In the order of arrival; those before `#first` are gone. */
  #datagrams: (NetworkDatagram | undefined)[] = [];
  #first = 0;
  #isAnnounced = false;

  /** @param ready Called when datagrams can be taken; never while one is being taken. */
  constructor(ready: () => void) {
    this.#ready = ready;
  }

  /** How many wait. */
  get size(): number {
    return this.#datagrams.length - this.#first;
  }

  /** What counts against the limit. */
  get weight(): number {
    return this.bytes + this.size * OVERHEAD;
  }

  /** The next to be taken. */
  get next(): NetworkDatagram | null {
    return this.#datagrams[this.#first] ?? null;
  }

  /** Adds what has arrived. */
  push(datagram: NetworkDatagram): void {
    this.#datagrams.push(datagram);
    this.bytes += datagram.data.length;
    this.arrivals++;
    if (!this.#isAnnounced) this.#announce();
  }

  /** Takes the oldest. If others are left, they are announced once whoever takes is done. */
  take(): NetworkDatagram | null {
    const datagram = this.next;
    if (datagram === null) return null;
    this.seen = this.arrivals;
    this.#datagrams[this.#first++] = undefined;
    this.bytes -= datagram.data.length;
    if (this.#first === this.#datagrams.length) {
      this.#datagrams.length = this.#first = 0;
    } else if (this.#first >= 1024) {
      this.#datagrams.splice(0, this.#first);
      this.#first = 0;
    }
    if (this.#isAnnounced) {
      this.#isAnnounced = false;
      if (this.size > 0) queueMicrotask(() => this.#announceAgain());
    }
    return datagram;
  }

  #announceAgain(): void {
    if (this.size > 0 && !this.#isAnnounced) this.#announce();
  }

  #announce(): void {
    this.#isAnnounced = true;
    this.#ready();
  }
}
