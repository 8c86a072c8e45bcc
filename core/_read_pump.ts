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
  /** These bytes arrived. */
  arrived(bytes: Bytes): void;
  /** The other side ended (`undefined`), or reading failed. */
  ended(error: unknown): void;
}

/** Reads a transport until it ends or is stopped. */
export class ReadPump {
  readonly #transport: Transport;
  readonly #observer: PumpObserver;
  readonly #slab = new Slab();
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

  /** Takes the room of bytes back that were copied out. */
  reuse(buffer: ArrayBuffer): void {
    this.#slab.reuse(buffer);
  }

  /** Runs until the end; never rejects. */
  async run(): Promise<void> {
    const slab = this.#slab;
    const transport = this.#transport;
    let failure: unknown;
    try {
      while (!this.#stopped) {
        const capacity = this.#observer.capacity();
        if (capacity <= 0) {
          await new Promise<void>((resolve) => this.#resume = resolve);
          this.#resume = null;
          continue;
        }
        const given = transport.receive?.(capacity);
        if (given !== undefined) {
          const bytes = given instanceof Promise ? await given : given;
          if (this.#stopped) return;
          if (bytes === null) break;
          this.#observer.arrived(bytes);
          continue;
        }
        const size = await transport.read(slab.room(capacity));
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
