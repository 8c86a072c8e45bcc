/**
 * The face that every pipe of bytes has here.
 *
 * @module
 */
import { checkedSize } from "./_check.ts";
import { socketErrorFrom } from "./_error_border.ts";
import { InvalidStateError, type NetworkingError } from "./error.ts";
import { Session, type SessionObserver } from "./_session.ts";
import { Signal } from "./signal.ts";
import { endSignals, restartSignals } from "./_signals.ts";
import type { Transport } from "./transport.ts";
import { Waiters, type WaitOptions } from "./_wait.ts";

export type { OpenOptions, WaitOptions } from "./_wait.ts";

/** Milliseconds for which {@linkcode IODevice.close} tries to write what is queued. */
const CLOSE_TIMEOUT = 5_000;
/** Unread bytes beyond which a stream or an iterator makes the peer wait, whatever the limit. */
const STREAM_BUFFER = 1024 * 1024;

/**
 * A device of bytes, after QIODevice: buffered reads that never block, queued writes, signals,
 * promises, async iteration and web streams over one {@linkcode Transport}.
 *
 * What arrives is kept until it is read, also after the device has closed; while
 * {@linkcode readBufferSize} bytes wait, the peer is made to wait. What is written leaves in order,
 * in as few system calls as possible.
 *
 * One reader at a time: while an awaiting read, a `for await` or {@linkcode readable} reads, every
 * other read throws {@linkcode InvalidStateError}.
 *
 * @example
 * ```ts
 * import { TcpServer, TcpSocket } from "@quayside/quayside/net";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = await TcpServer.listen({ address: "127.0.0.1" });
 * await using client = await TcpSocket.connect({ hostname: "127.0.0.1", port: server.serverPort });
 * client.write("ready\n");
 * for await (const peer of server) {
 *   const line = await peer.readUntil("\n");
 *   assertEquals(new TextDecoder().decode(line), "ready\n");
 *   await peer[Symbol.asyncDispose]();
 *   break;
 * }
 * ```
 */
export abstract class IODevice implements AsyncDisposable, AsyncIterable<Uint8Array<ArrayBuffer>> {
  /** New bytes have arrived. Says "new", not "all": bytes left unread are not announced again. */
  readonly readyRead: Signal = new Signal();
  /** The system has taken this many bytes of what was written; not: the peer has them. */
  readonly bytesWritten: Signal<[bytes: number]> = new Signal();
  /** The device is about to close; what is queued will still be written. */
  readonly aboutToClose: Signal = new Signal();
  /** Nothing more will arrive; what has arrived can still be read. */
  readonly readChannelFinished: Signal = new Signal();

  readonly #waiters = new Waiters();
  static readonly #observer: SessionObserver<IODevice> = {
    readLimit: (device) =>
      device.#readBufferSize || (device.#session.read.isStreamed ? STREAM_BUFFER : Infinity),
    arrived: (device) => device._arrived(),
    written: (device, size) => device.bytesWritten.emit(size),
    readEnded: (device, error) => device._readEnded(error),
    writeFailed: (device, error) => device._writeFailed(error),
    bothEnded: (device) => device._shut(0),
    dropped: (device) => device._dropped(),
  };
  #session: Session = this.#newSession();
  /** The device whose reading half is read: this one, unless it has several channels. */
  #source: IODevice = this;
  #readBufferSize = 0;
  #referenced = true;

  /**
   * A device over any transport.
   *
   * @param transport The device owns it from now on: closing the device closes it.
   * @returns An open device.
   */
  static fromTransport(transport: Transport): IODevice {
    const device = new TransportDevice();
    device._open();
    device._attach(transport);
    return device;
  }

  /** Whether the device is open: from the call that opens it until it has closed. */
  get isOpen(): boolean {
    return this.#session.isOpen;
  }

  /** Whether bytes wait to be read, or may still come. */
  get isReadable(): boolean {
    return this.bytesAvailable > 0 || !this.#read.ended;
  }

  /** Whether {@linkcode write} would take bytes. */
  get isWritable(): boolean {
    return this.isOpen && this.#session.write.isOpen;
  }

  /** Bytes that have arrived and were not read. */
  get bytesAvailable(): number {
    return this.#read.buffer.size;
  }

  /** Bytes written that the system has not taken yet. */
  get bytesToWrite(): number {
    return this.#write.size;
  }

  /** Whether nothing can be read now; more may come later (as QIODevice::atEnd). */
  get atEnd(): boolean {
    return this.bytesAvailable === 0;
  }

  /**
   * Unread bytes beyond which the peer is made to wait, in bytes; 0 is no limit. Sockets begin
   * with 1 MiB; a device that begins with 0 keeps to 1 MiB while a stream or an iterator reads.
   */
  get readBufferSize(): number {
    return this.#readBufferSize;
  }
  set readBufferSize(size: number) {
    this.#readBufferSize = checkedSize("readBufferSize", size);
    this.#session.resumeReading();
  }

  /** Whether a transaction is under way. */
  get isTransactionStarted(): boolean {
    return this.#read.buffer.inTransaction;
  }

  /**
   * Reads what has arrived, without waiting.
   *
   * @param maxSize Bytes at the most; all when left out.
   * @returns The bytes, which are the caller's; empty when there are none. The array may be a part
   * of a buffer twice its size.
   * @throws {InvalidStateError} Something else is reading the device.
   */
  read(maxSize: number = Infinity): Uint8Array<ArrayBuffer> {
    return this.#read.taken(this.#read.claim().take(checkedSize("maxSize", maxSize)));
  }

  /** Reads all that has arrived, like {@linkcode read} without a limit. */
  readAll(): Uint8Array<ArrayBuffer> {
    return this.read();
  }

  /**
   * Reads what has arrived into `buffer`.
   *
   * @returns How many bytes were written into `buffer`, from its start.
   * @throws {InvalidStateError} Something else is reading the device.
   */
  readInto(buffer: Uint8Array): number {
    return this.#read.taken(this.#read.claim().takeInto(buffer));
  }

  /**
   * Reads one line, with its "\n".
   *
   * @param maxSize A longer line is given in pieces of this many bytes; no limit when left out.
   * @returns The line, or `null` while no whole line (or piece) has arrived.
   * @throws {InvalidStateError} Something else is reading the device.
   */
  readLine(maxSize: number = Infinity): Uint8Array<ArrayBuffer> | null {
    const buffer = this.#read.claim();
    const length = Math.min(buffer.lineLength() || Infinity, checkedSize("maxSize", maxSize));
    return length > buffer.size ? null : this.#read.taken(buffer.take(length));
  }

  /** Whether {@linkcode readLine} would give a line now. */
  canReadLine(): boolean {
    return this.#read.buffer.lineLength() > 0;
  }

  /**
   * A copy of the next bytes, which stay where they are.
   *
   * @param maxSize Bytes at the most.
   * @throws {InvalidStateError} Something else is reading the device.
   */
  peek(maxSize: number): Uint8Array<ArrayBuffer> {
    return this.#read.claim().peek(checkedSize("maxSize", maxSize));
  }

  /**
   * Throws away up to `maxSize` bytes of what has arrived.
   *
   * @returns How many bytes were thrown away.
   * @throws {InvalidStateError} Something else is reading the device.
   */
  skip(maxSize: number): number {
    return this.#read.taken(this.#read.claim().skip(checkedSize("maxSize", maxSize)));
  }

  /**
   * Puts bytes back in front of what will be read next; they are copied.
   *
   * @throws {InvalidStateError} Something else is reading the device, or a transaction is under
   * way (Qt ignores the call then).
   */
  unget(bytes: Uint8Array): void {
    if (this.isTransactionStarted) {
      throw new InvalidStateError("Cannot put bytes back: a transaction is under way");
    }
    this.#read.claim().unget(new Uint8Array(bytes));
    this.#waiters.wake();
  }

  /**
   * Begins a transaction: what is read from now on comes back by {@linkcode rollbackTransaction}.
   *
   * @throws {InvalidStateError} A transaction is under way already.
   */
  startTransaction(): void {
    if (this.isTransactionStarted) {
      throw new InvalidStateError("Cannot start a transaction: one is under way");
    }
    this.#read.claim().begin();
  }

  /**
   * Ends the transaction; what was read stays read.
   *
   * @throws {InvalidStateError} No transaction is under way.
   */
  commitTransaction(): void {
    this.#inTransaction("commit").commit();
  }

  /**
   * Ends the transaction; what was read since it began can be read again.
   *
   * @throws {InvalidStateError} No transaction is under way.
   */
  rollbackTransaction(): void {
    this.#inTransaction("roll back").rollback();
    this.#waiters.wake();
  }

  /**
   * Queues bytes to be sent, in order; returns at once.
   *
   * @param data Bytes, or text that goes out as UTF-8. They are copied, so the array may be used
   * again at once.
   * @param options `transfer`: the array is the device's from now on and is not copied.
   * @returns The bytes taken: all of them, or 0 when the device cannot be written to.
   * @throws {TypeError} `data` is neither a `Uint8Array` nor a string.
   */
  write(data: Uint8Array | string, options?: { transfer?: boolean }): number {
    return this.#write.write(data, options?.transfer === true);
  }

  /**
   * Waits until everything written so far has reached the system.
   *
   * @param options `timeout` in milliseconds, none by default; `signal`.
   * @throws {NetworkingError} Writing failed, or the device closed before all was written.
   * @throws {DOMException} "TimeoutError"; the signal's reason when it aborts.
   */
  flush(options: WaitOptions = {}): Promise<void> {
    return this.#write.flush(options);
  }

  /**
   * Reads exactly `size` bytes, waiting for them.
   *
   * @param size Bytes to read; may be more than {@linkcode readBufferSize}.
   * @param options `timeout` in milliseconds, none by default; `signal`.
   * @returns An array that owns its buffer.
   * @throws {NetworkingError} The device ended before; what had arrived stays readable.
   * @throws {InvalidStateError} Something else is reading the device.
   * @throws {DOMException} "TimeoutError"; the signal's reason when it aborts. Nothing is consumed.
   */
  readExactly(size: number, options: WaitOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    return this.#read.readExactly(checkedSize("size", size), options);
  }

  /**
   * Reads up to and with `delimiter`, waiting for it.
   *
   * @param delimiter Text (as UTF-8) or bytes; not empty.
   * @param options `maxSize`: bytes at the most, with the delimiter; by default
   * {@linkcode readBufferSize}, or no limit where that is 0. `timeout` in milliseconds, none by default; `signal`.
   * @returns An array that owns its buffer.
   * @throws {LimitExceededError} No delimiter within `maxSize` bytes; nothing is consumed.
   * @throws {NetworkingError} The device ended before; what had arrived stays readable.
   * @throws {InvalidStateError} Something else is reading the device.
   * @throws {DOMException} "TimeoutError"; the signal's reason when it aborts. Nothing is consumed.
   */
  readUntil(
    delimiter: string | Uint8Array,
    options: WaitOptions & { maxSize?: number } = {},
  ): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = typeof delimiter === "string" ? new TextEncoder().encode(delimiter) : delimiter;
    if (bytes.length === 0) throw new TypeError("Cannot read up to a delimiter: it is empty");
    const maxSize = checkedSize("maxSize", options.maxSize ?? (this.#readBufferSize || Infinity));
    return this.#read.readUntil(bytes, { ...options, maxSize });
  }

  /**
   * Waits for new bytes. True at once when bytes came that no read and no wait has seen.
   *
   * @param msecs Milliseconds, -1 for ever; or `timeout` and `signal`.
   * @returns False when the time is over or nothing can come any more.
   * @throws The signal's reason when it aborts.
   */
  waitForReadyRead(msecs?: number | WaitOptions): Promise<boolean> {
    return this.#read.waitForArrival(msecs);
  }

  /**
   * Waits until the system has taken some of what was written. True at once when it did since the
   * last such wait.
   *
   * @param msecs Milliseconds, -1 for ever; or `timeout` and `signal`.
   * @returns False when the time is over or nothing is left to be written.
   * @throws The signal's reason when it aborts.
   */
  waitForBytesWritten(msecs?: number | WaitOptions): Promise<boolean> {
    return this.#write.waitForWritten(msecs);
  }

  /**
   * What arrives, as a byte stream. It takes over the reading at its first pull and gives it back
   * when its lock is released; cancelling it closes the reading side.
   */
  get readable(): ReadableStream<Uint8Array<ArrayBuffer>> {
    const source = this.#source;
    return source.#read.stream(() => source._cancelReading());
  }

  /**
   * The device as a `WritableStream`. Closing it ends the writing side once all is written;
   * aborting it closes the device.
   */
  get writable(): WritableStream<Uint8Array | string> {
    return this.#write.stream({
      close: () => this._closeWriting(),
      abort: () => this.close({ timeout: 0 }),
    });
  }

  /** Keeps the process alive while the device is open: the default. */
  ref(): void {
    this.#referenced = true;
    this.#session.refer(true);
  }

  /** Lets the process end although the device is open. */
  unref(): void {
    this.#referenced = false;
    this.#session.refer(false);
  }

  /**
   * Closes the device: nothing is read from the peer any more, what is queued is still written,
   * then the transport is closed. What had arrived can still be read. A second call does nothing.
   *
   * @param options `timeout`: milliseconds for writing what is queued, 5 000 by default; then the
   * rest is thrown away.
   */
  close({ timeout = CLOSE_TIMEOUT }: { timeout?: number } = {}): void {
    const session = this.#session;
    if (session.isOpen && session.isFirst("aboutToClose")) this.aboutToClose.emit();
    // A slot may have closed the device and opened it again.
    if (this.#session !== session || session.isClosed) return;
    this._shut(timeout);
    session.stopReading();
  }

  /** Closes the device and waits until it has closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    const session = this.#session;
    await this.#waiters.until(() => session.isClosed ? true : undefined);
  }

  /**
   * Reads chunks as they arrive, each in an array that owns its buffer, until the peer ends.
   * `break` gives the reading back and loses nothing.
   *
   * @throws {NetworkingError} (from the loop) The device failed.
   * @throws {InvalidStateError} (from the loop) Something else is reading the device.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array<ArrayBuffer>> {
    return this.#read.iterate();
  }

  /** For subclasses: lets everyone who waits look at the state again. */
  protected _wake(): void {
    this.#waiters.wake();
  }

  /** For subclasses: the shape of every `waitFor…`; `decide` is asked after every `_wake()`. */
  protected _waitFor(
    decide: () => boolean | undefined,
    wait?: number | WaitOptions,
  ): Promise<boolean> {
    return this.#waiters.waitFor(decide, wait);
  }

  /** For subclasses: waits until `decide` says or throws something; a timeout rejects. */
  protected _until<T>(decide: () => T | undefined, options: WaitOptions): Promise<T> {
    return this.#waiters.until(decide, options);
  }

  /**
   * For subclasses: begins a session; what is written is kept until a transport is attached.
   *
   * @param isWritable Whether anything may be written: true by default.
   */
  protected _open(isWritable: boolean = true): void {
    if (this.#session.begin(isWritable)) return;
    restartSignals(this);
    this.#session = this.#newSession();
    this.#session.begin(isWritable);
  }

  /** For subclasses: gives the session its transport; reading and writing begin. */
  protected _attach(transport: Transport): void {
    this.#session.attach(transport, this.#referenced);
  }

  /** For subclasses: waits for the end and reads everything, `maxSize` bytes at the most. */
  protected _readToEnd(
    options: WaitOptions & { maxSize: number },
  ): Promise<Uint8Array<ArrayBuffer>> {
    return this.#read.readToEnd(options);
  }

  /** For subclasses: nothing more will arrive, normally (`null`) or by an error. */
  protected _finishReading(error: NetworkingError | null): void {
    this.#session.read.finish(error);
  }

  /** For subclasses: writing has failed by `error`; what was queued is lost. */
  protected _failWriting(error: NetworkingError): void {
    this.#write.discard(error);
  }

  /** For subclasses with several channels: every read reads `source` from now on. */
  protected _readFrom(source: IODevice): void {
    this.#source = source;
  }

  /** For subclasses: new bytes have arrived. Emits `readyRead`. */
  protected _arrived(): void {
    this.readyRead.emit();
  }

  /** For subclasses: what arrives is datagrams, so whatever reads a stream of bytes throws. */
  protected _refuseReading(): void {
    this.#read.refuse();
  }

  /** For subclasses: emits `readChannelFinished`, once a session. */
  protected _announceReadEnd(): void {
    if (this.#session.isFirst("readChannelFinished")) this.readChannelFinished.emit();
  }

  /** For subclasses: takes no more writes, and ends the writing side when the queue is empty. */
  protected _closeWriting(): void {
    this.#write.finish();
  }

  /**
   * For subclasses: closes when all is written (or read), or after `timeout` milliseconds; asked
   * again, the shorter time counts.
   */
  protected _shut(timeout: number, until: "written" | "read" = "written"): void {
    this.#session.shut(timeout, until);
  }

  /** For subclasses: ends the session now; what was queued is thrown away. */
  protected _drop(how: "close" | "abort"): void {
    this.#session.drop(how);
  }

  /** For subclasses: the session has just ended. Ends the signals; override to emit some before. */
  protected _dropped(): void {
    endSignals(this);
  }

  /** For subclasses: the peer ended (`undefined`), or reading failed. */
  protected _readEnded(error: unknown): void {
    const failure = error === undefined ? null : socketErrorFrom(error, "read from the device");
    this._finishReading(failure);
    this._announceReadEnd();
    if (!this.#write.isOpen && this.bytesToWrite === 0) this._shut(0);
  }

  /** For subclasses: writing failed; what was queued is lost. */
  protected _writeFailed(error: unknown): void {
    this._failWriting(socketErrorFrom(error, "write to the device"));
    if (!this.isOpen) this._drop("abort");
  }

  /** For subclasses: the reader of a stream does not want any more; what still comes is dropped. */
  protected _cancelReading(): void {
    this.#session.read.discard();
    this.#session.resumeReading();
  }

  #newSession(): Session {
    return new Session<IODevice>(this, { observer: IODevice.#observer, waiters: this.#waiters });
  }

  get #read() {
    return this.#source.#session.read;
  }

  get #write() {
    return this.#session.write;
  }

  #inTransaction(verb: string) {
    if (this.isTransactionStarted) return this.#read.claim();
    throw new InvalidStateError(`Cannot ${verb} a transaction: none is under way`);
  }
}

class TransportDevice extends IODevice {}
