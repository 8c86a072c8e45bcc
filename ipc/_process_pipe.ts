/**
 * The pipes between us and a child: what it prints, and what it is told.
 *
 * A pipe ends when everybody has closed it, also a grandchild that was left behind and inherited
 * it. What the child itself wrote is in the pipe when it exits; so from then on a pipe is taken to
 * be at its end once nothing comes for 100 ms, or more came than a pipe can hold (1 MiB).
 *
 * @module
 */
import { NodeTransport } from "../core/_node_transport.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Milliseconds for which a pipe may be silent once the child has exited. */
const SILENCE = 100;
/** Bytes that may come once the child has exited: the largest pipe that Linux grants to a user. */
const LEAVINGS = 1024 * 1024;
/** What a pipe holds unless told otherwise: a read gives no more. */
const ROOM = 64 * 1024;
/** Room until that much comes at once: most programs print little. */
const FIRST_ROOM = 4 * 1024;

/** What a child prints. */
export interface Source {
  /** As `Transport.receive`. */
  receive(limit: number): Promise<Bytes | null>;
  /** Gives up; a read under way ends. */
  close(): void;
}

/** What a child is told. */
export interface Sink {
  /** As `Transport.write`. */
  write(bytes: Bytes): Promise<number>;
  /** Says that no more will come. */
  end(): Promise<void>;
  /** Gives up. */
  close(): void;
}

/** A source that is known to end not long after the child. */
export class BoundedSource implements Source {
  readonly #source: Source;
  #state: "open" | { left: number } | "closed" = "open";
  #receiving: Promise<Bytes | null> = Promise.resolve(null);

  /** @param source What may be held open by others. */
  constructor(source: Source) {
    this.#source = source;
  }

  receive(limit: number): Promise<Bytes | null> {
    if (this.#state === "closed") return Promise.resolve(null);
    this.#receiving = this.#source.receive(limit);
    return this.#state === "open" ? this.#receiving : this.#receiveLate(this.#state);
  }

  /** The child has exited. */
  childExited(): void {
    if (this.#state !== "open") return;
    const late = this.#state = { left: LEAVINGS };
    this.#receiveLate(late).catch(() => {}); // whoever reads is told
  }

  close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#source.close();
  }

  async #receiveLate(late: { left: number }): Promise<Bytes | null> {
    const timer = setTimeout(() => this.close(), SILENCE);
    try {
      const bytes = await this.#receiving;
      late.left -= bytes?.length ?? 0;
      if (late.left <= 0) this.close();
      return bytes;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** The stream of `Deno.Command`. */
export class StreamSource implements Source {
  readonly #reader: ReadableStreamBYOBReader;
  #room: ArrayBuffer | null = new ArrayBuffer(FIRST_ROOM);

  /** @param stream Nobody else may read it. */
  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader({ mode: "byob" });
  }

  async receive(limit: number): Promise<Bytes | null> {
    const room = this.#room ?? new ArrayBuffer(ROOM);
    const view = new Uint8Array(room, 0, Math.min(limit, room.byteLength));
    const { value, done } = await this.#reader.read(view);
    if (done) return null;
    // Who keeps a line shall not keep all of the room; who is given the room keeps it.
    const isFull = value.length * 2 >= value.buffer.byteLength;
    this.#room = isFull ? null : value.buffer;
    return isFull ? value : value.slice();
  }

  close(): void {
    this.#reader.cancel().catch(() => {});
  }
}

/** The stream of `Deno.Command` that the child reads. */
export class StreamSink implements Sink {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;

  /** @param stream Nobody else may write to it. */
  constructor(stream: WritableStream<Uint8Array>) {
    this.#writer = stream.getWriter();
  }

  async write(bytes: Bytes): Promise<number> {
    await this.#writer.write(bytes);
    return bytes.length;
  }

  end(): Promise<void> {
    return this.#writer.close();
  }

  close(): void {
    this.#writer.abort().catch(() => {});
  }
}

/** A pipe of node:child_process, either way. */
export class NodePipe implements Source, Sink {
  readonly #transport: NodeTransport;
  #closed = false;

  /** @param socket What node made for the pipe. */
  constructor(socket: ConstructorParameters<typeof NodeTransport>[0]) {
    this.#transport = new NodeTransport(socket);
  }

  async receive(limit: number): Promise<Bytes | null> {
    const room = new Uint8Array(Math.min(limit, ROOM));
    try {
      const size = await this.#transport.read(room);
      return size === null ? null : room.slice(0, size);
    } catch (error) {
      if (this.#closed) return null;
      throw error;
    }
  }

  write(bytes: Bytes): Promise<number> {
    return this.#transport.write(bytes);
  }

  end(): Promise<void> {
    return this.#transport.closeWrite();
  }

  close(): void {
    this.#closed = true;
    this.#transport.close();
  }
}

/** Two sources as one, in the order in which their bytes are seen. */
export class MergedSource implements Source {
  readonly #sources: readonly Source[];
  readonly #receiving = new Map<Source, Promise<{ source: Source; bytes: Bytes | null }>>();
  #rest: Bytes = new Uint8Array(0);

  /** @param sources What is read, the first one preferred. */
  constructor(sources: readonly Source[]) {
    this.#sources = sources;
    for (const source of sources) this.#receiveAhead(source);
  }

  async receive(limit: number): Promise<Bytes | null> {
    while (this.#rest.length === 0) {
      if (this.#receiving.size === 0) return null;
      const { source, bytes } = await Promise.race(this.#receiving.values());
      this.#receiving.delete(source);
      if (bytes === null) continue;
      this.#rest = bytes;
      this.#receiveAhead(source);
    }
    const rest = this.#rest;
    this.#rest = rest.subarray(limit);
    return rest.length <= limit ? rest : rest.slice(0, limit);
  }

  close(): void {
    for (const source of this.#sources) source.close();
  }

  #receiveAhead(source: Source): void {
    const receiving = source.receive(ROOM).then((bytes) => ({ source, bytes }));
    receiving.catch(() => {}); // thrown by the next `receive()`, whenever that comes
    this.#receiving.set(source, receiving);
  }
}

/**
 * Where the output of one process meets the input of the next, whichever of them starts first.
 * The bytes go through this process: an engine takes no pipe of another child.
 */
export class Junction {
  #source: Source | null = null;
  #sink: Sink | null = null;
  #refused = false;

  /** The next process is being started. */
  expect(): void {
    this.#refused = false;
  }

  /** The next process could not be started. */
  refuse(): void {
    this.#refused = true;
    this.leave();
  }

  /** The one process prints here from now on. */
  feed(source: Source): void {
    if (this.#refused) return source.close();
    this.#source = source;
    this.#join();
  }

  /** The next process reads here from now on. */
  drain(sink: Sink): void {
    this.#sink = sink;
    this.#join();
  }

  /** The next process reads no more: the one before is told by a broken pipe, as in a shell. */
  leave(): void {
    this.#source?.close();
    this.#sink?.close();
    this.#source = this.#sink = null;
  }

  /** The one before will not print any more, if the next has not begun to read. */
  abandon(): void {
    if (this.#sink === null || this.#source === null) this.leave();
  }

  async #join(): Promise<void> {
    const source = this.#source;
    const sink = this.#sink;
    if (source === null || sink === null) return;
    try {
      for (let bytes; (bytes = await source.receive(ROOM)) !== null;) {
        for (let sent = 0; sent < bytes.length;) sent += await sink.write(bytes.subarray(sent));
      }
      await sink.end();
    } catch {
      source.close();
      sink.close();
    }
    if (this.#source === source) this.#source = this.#sink = null;
  }
}
