/**
 * The one loop that moves bytes from a transport into a device's buffer.
 *
 * @module
 */
import type { Bytes } from "./_chunk_buffer.ts";
import { Slab } from "./_slab.ts";
import type { Transport } from "./transport.ts";

/** Where the pump reports. */
export interface PumpObserver {
  /** How many bytes may arrive now; 0 makes the pump wait for {@linkcode ReadPump.resume}. */
  capacity(): number;
  /** Whether everything that has arrived was read, so that its room may be used again. */
  isDrained(): boolean;
  /** These bytes arrived. */
  arrived(bytes: Bytes): void;
  /** The other side ended (`undefined`), or reading failed. */
  ended(error: unknown): void;
}

/** Reads a transport until it ends or is stopped. */
export class ReadPump {
  readonly #transport: Transport;
  readonly #observer: PumpObserver;
  #stopped = false;
  #resume: (() => void) | null = null;

  constructor(transport: Transport, observer: PumpObserver) {
    this.#transport = transport;
    this.#observer = observer;
  }

  /** Goes on after the observer's capacity has grown. */
  resume(): void {
    this.#resume?.();
  }

  /** Reports nothing any more. A read under way ends when its owner closes the transport. */
  stop(): void {
    this.#stopped = true;
    this.resume();
  }

  /** Runs until the end; never rejects. */
  async run(): Promise<void> {
    const slab = new Slab();
    let failure: unknown;
    try {
      while (!this.#stopped) {
        const capacity = this.#observer.capacity();
        if (capacity <= 0) {
          await new Promise<void>((resolve) => this.#resume = resolve);
          this.#resume = null;
          continue;
        }
        if (this.#observer.isDrained()) slab.rewind();
        const size = await this.#transport.read(slab.room(capacity));
        if (this.#stopped) return;
        if (size === null) break;
        if (size > 0) this.#observer.arrived(slab.filled(size));
      }
    } catch (error) {
      failure = error;
    }
    if (!this.#stopped) this.#observer.ended(failure);
  }
}
