/**
 * Sockets that receive datagrams rather than a stream.
 *
 * @module
 */
import { checkedSize } from "../core/_check.ts";
import { socketErrorFrom } from "../core/_error_border.ts";
import { InvalidStateError } from "../core/error.ts";
import type { WaitOptions } from "../core/io_device.ts";
import { AbstractSocket } from "./abstract_socket.ts";
import { DatagramInbox } from "./_datagram_inbox.ts";
import { readableOf, writableOf } from "./_datagram_streams.ts";
import { NetworkDatagram } from "./network_datagram.ts";

/**
 * The reading side of {@linkcode UdpSocket}: datagrams are taken whole and one by one, by
 * {@linkcode receiveDatagram} or {@linkcode datagrams}.
 *
 * Unread datagrams are kept up to `readBufferSize` bytes, each counted with 256 more; of what comes
 * beyond, the newest is lost, as in the system's own buffer. What has arrived can still be taken
 * after the socket has closed.
 *
 * `readyRead` comes once for any number of datagrams and then not again until one has been taken;
 * if others are left then, it comes again. What reads a stream of bytes (`readLine`, `readExactly`,
 * …) throws {@linkcode InvalidStateError}.
 */
export abstract class DatagramSocket extends AbstractSocket {
  #inbox: DatagramInbox = new DatagramInbox(() => this.#ready());

  /** Whether {@linkcode write} would take a datagram: whether the socket is connected. */
  override get isWritable(): boolean {
    return super.isWritable && this.state === "connected";
  }

  /** What the datagrams carry that have arrived and were not read, in bytes. */
  override get bytesAvailable(): number {
    return this.#inbox.bytes;
  }

  /** What the next datagram carries, in bytes, which may be 0; -1 when none has arrived. */
  get pendingDatagramSize(): number {
    return this.#inbox.next?.data.length ?? -1;
  }

  /** Whether a datagram can be taken, be it an empty one. */
  hasPendingDatagrams(): boolean {
    return this.#inbox.size > 0;
  }

  /**
   * Takes the datagram that has waited longest.
   *
   * @param maxSize Bytes at the most; what the datagram carries beyond is lost. No limit when left
   * out.
   * @returns The datagram, `null` when none has arrived.
   * @throws {InvalidStateError} An iterator or a stream takes the datagrams.
   */
  receiveDatagram(maxSize: number = Infinity): NetworkDatagram | null {
    checkedSize("maxSize", maxSize);
    const datagram = this.#claim("take a datagram").take();
    this._madeRoom();
    if (datagram === null || datagram.data.length <= maxSize) return datagram;
    return datagram.with({ data: datagram.data.slice(0, maxSize) });
  }

  /**
   * Takes datagrams as they arrive, until the socket closes.
   *
   * @throws {InvalidStateError} (from the loop) Something else takes the datagrams.
   * @throws {SocketError} (from the loop) Receiving failed.
   */
  async *datagrams(): AsyncGenerator<NetworkDatagram, undefined> {
    const inbox = this.#claim("iterate over the socket");
    inbox.isClaimed = true;
    const hasMore = () => {
      if (inbox.size > 0) return true;
      if (inbox.error !== null) throw inbox.error;
      return this.#inbox === inbox && this.isOpen ? undefined : false;
    };
    try {
      while (await this._until(hasMore, {})) {
        const datagram = inbox.take()!;
        this._madeRoom();
        yield datagram;
      }
    } finally {
      inbox.isClaimed = false;
    }
  }

  /**
   * Takes a datagram's bytes, as {@linkcode receiveDatagram}.
   *
   * @param maxSize Bytes at the most; what the datagram carries beyond is lost.
   * @returns Empty when no datagram has arrived, or an empty one.
   * @throws {InvalidStateError} An iterator or a stream takes the datagrams.
   */
  override read(maxSize: number = Infinity): Uint8Array<ArrayBuffer> {
    return this.receiveDatagram(maxSize)?.data ?? new Uint8Array(0);
  }

  /** Takes what all datagrams that have arrived carry, joined, as in Qt. */
  override readAll(): Uint8Array<ArrayBuffer> {
    const all = new Uint8Array(this.bytesAvailable);
    let end = 0;
    while (this.hasPendingDatagrams()) {
      const data = this.read();
      all.set(data, end);
      end += data.length;
    }
    return all;
  }

  /**
   * Takes a datagram's bytes into `buffer`; what does not fit is lost.
   *
   * @returns How many bytes were written into `buffer`, from its start.
   * @throws {InvalidStateError} An iterator or a stream takes the datagrams.
   */
  override readInto(buffer: Uint8Array): number {
    const data = this.read(buffer.length);
    buffer.set(data);
    return data.length;
  }

  /**
   * A copy of what the next datagram carries, which stays where it is.
   *
   * @param maxSize Bytes at the most.
   */
  override peek(maxSize: number): Uint8Array<ArrayBuffer> {
    return this.#inbox.next?.data.slice(0, checkedSize("maxSize", maxSize)) ?? new Uint8Array(0);
  }

  /**
   * Sends a datagram to the peer of a connected socket.
   *
   * @param data Bytes, which are copied unless `transfer`, or text that goes out as UTF-8.
   * @param options `transfer`: the array is the socket's from now on and is not copied.
   * @returns The bytes taken: all of them, or 0 when the datagram was not sent.
   * @throws {TypeError} `data` is neither a `Uint8Array` nor a string.
   */
  override write(data: Uint8Array | string, options?: { transfer?: boolean }): number {
    if (!this.isWritable) return 0;
    const isOthers = data instanceof Uint8Array && options?.transfer !== true;
    const bytes = isOthers ? new Uint8Array(data) : data as Uint8Array<ArrayBuffer> | string;
    const datagram = new NetworkDatagram(bytes, this.peerAddress, this.peerPort);
    return Math.max(0, this.writeDatagram(datagram));
  }

  /**
   * Waits for a datagram. True at once when one came that no read and no wait has seen.
   *
   * @param msecs Milliseconds, 30 000 by default, -1 for ever; or `timeout` and `signal`.
   * @returns False when the time is over or nothing can come any more.
   * @throws The signal's reason when it aborts.
   */
  override waitForReadyRead(msecs?: number | WaitOptions): Promise<boolean> {
    const inbox = this.#inbox;
    const { seen } = inbox;
    return this._waitFor(() => {
      if (inbox.arrivals === seen) return this.isOpen ? undefined : false;
      inbox.seen = inbox.arrivals;
      return true;
    }, msecs);
  }

  /** What arrives, as a stream with a chunk a datagram; see {@linkcode datagrams}. */
  override get readable(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.#inbox.readable ??= readableOf(this);
  }

  /** The connected socket as a stream that sends a datagram a chunk; closing it closes the socket. */
  override get writable(): WritableStream<Uint8Array | string> {
    return this.#inbox.writable ??= writableOf(this, () => this.close());
  }

  /** What datagrams carry, as they arrive; see {@linkcode datagrams}. */
  override async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array<ArrayBuffer>, undefined> {
    for await (const { data } of this.datagrams()) yield data;
  }

  /** For subclasses: sends a datagram that says all by itself; -1 when it was not sent. */
  abstract writeDatagram(datagram: NetworkDatagram): number;

  /** For subclasses: begins a session, with nothing unread. */
  protected override _open(): void {
    super._open();
    this._refuseReading();
    this.#inbox = new DatagramInbox(() => this.#ready());
  }

  /** For subclasses: keeps a datagram that has arrived; false when the next has no room. */
  protected _received(datagram: NetworkDatagram): boolean {
    this.#inbox.push(datagram);
    this._wake();
    return this._hasRoom;
  }

  /** For subclasses: whether there is room for another datagram. */
  protected get _hasRoom(): boolean {
    return this.readBufferSize === 0 || this.#inbox.weight < this.readBufferSize;
  }

  /** For subclasses: a datagram was taken, so there may be room again. */
  protected abstract _madeRoom(): void;

  /** For subclasses: nothing more can be received. */
  protected override _readEnded(error: unknown): void {
    const inbox = this.#inbox;
    const failure = inbox.error = socketErrorFrom(error, "receive datagrams");
    this._finishReading(failure);
    this._report(failure);
    if (this.#inbox === inbox) this._drop("close");
  }

  /** The unread datagrams, unless somebody else takes them. */
  #claim(doing: string): DatagramInbox {
    if (!this.#inbox.isClaimed) return this.#inbox;
    throw new InvalidStateError(`Cannot ${doing}: an iterator or a stream takes the datagrams`);
  }

  #ready(): void {
    if (this.isOpen) this.readyRead.emit();
  }
}
