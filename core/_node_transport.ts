/**
 * A socket of node:net as a transport, for what `Deno.connect` cannot do: a local address, a real
 * reset, keep-alive times.
 */
import type { Socket } from "node:net";
import type { Transport } from "./transport.ts";

/**
 * Reads in node's paused mode: node stops reading from the system once its buffer (64 KiB) is
 * full, so that a slow reader slows the peer down.
 */
export class NodeTransport implements Transport {
  readonly #socket: Socket;
  #rest: Uint8Array = new Uint8Array(0); // read from the socket, not yet handed out
  #state: { kind: "open" } | { kind: "ended" } | { kind: "failed"; error: unknown };
  #wake: (() => void) | null = null;

  /** @param socket A connected socket made with `allowHalfOpen`. */
  constructor(socket: Socket) {
    this.#socket = socket;
    this.#state = { kind: "open" };
    const wake = () => this.#wake?.();
    const leave = (state: { kind: "ended" } | { kind: "failed"; error: unknown }) => {
      if (this.#state.kind === "open") this.#state = state;
      wake();
    };
    socket.on("readable", wake);
    socket.on("end", () => leave({ kind: "ended" }));
    socket.on("error", (error) => leave({ kind: "failed", error }));
    socket.on("close", () => leave({ kind: "failed", error: closedMeanwhile() }));
  }

  async read(into: Uint8Array<ArrayBuffer>): Promise<number | null> {
    while (this.#rest.length === 0) {
      const chunk = this.#socket.read() as Uint8Array | null;
      if (chunk !== null) this.#rest = chunk;
      else if (this.#state.kind === "ended") return null;
      else if (this.#state.kind === "failed") throw this.#state.error;
      else await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const count = Math.min(into.length, this.#rest.length);
    into.set(this.#rest.subarray(0, count));
    this.#rest = this.#rest.subarray(count);
    return count;
  }

  write(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (error) => error ? reject(error) : resolve(bytes.length));
    });
  }

  closeWrite(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.end((error?: Error | null) => error ? reject(error) : resolve());
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Sends a reset (RST) instead of an orderly end. */
  abort(): void {
    this.#socket.resetAndDestroy();
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }

  /** Sends small pieces at once (TCP_NODELAY), as `Deno.TcpConn` has it. */
  setNoDelay(noDelay = true): void {
    this.#socket.setNoDelay(noDelay);
  }

  /** Probes an idle peer, as `Deno.TcpConn` has it. */
  setKeepAlive(keepAlive = true): void {
    this.#socket.setKeepAlive(keepAlive);
  }
}

function closedMeanwhile(): Error {
  return new Deno.errors.Interrupted("operation canceled");
}
