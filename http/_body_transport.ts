/**
 * The body of a response as a transport, which is what devices read from.
 *
 * @module
 */
import type { Transport } from "../core/transport.ts";
import type { ExchangeBody } from "./_exchange.ts";
import type { Progress } from "./_progress.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Reads a body, and tells of the progress. */
export class BodyTransport implements Transport {
  readonly #body: ExchangeBody;
  readonly #progress: Progress;

  constructor(body: ExchangeBody, progress: Progress) {
    this.#body = body;
    this.#progress = progress;
  }

  read(into: Bytes): Promise<number | null> {
    return this.#progress.follow(this.#body.read(into));
  }

  receive(limit: number): Bytes | null | undefined {
    const bytes = this.#body.take?.(limit);
    if (bytes) this.#progress.count(bytes.length);
    return bytes;
  }

  write(): Promise<number> {
    return Promise.reject(new TypeError("Cannot write to a reply: it is read only"));
  }

  close(): void {
    this.#body.cancel();
  }
}
