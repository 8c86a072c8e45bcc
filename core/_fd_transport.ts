/**
 * A connected Unix socket of our own descriptor as a transport that carries descriptors.
 *
 * Every read is a `recvmsg`: a plain `read` would drop descriptors without a word. Calls never
 * block; what is not possible just now waits at the poller that the whole library shares. A peer
 * that is always ready would keep everybody else from running, so that after some calls in a row
 * the poller is waited for in any case.
 *
 * @module
 */
import { errnoNumber, type LibraryOptions } from "./_ffi.ts";
import { Descriptor } from "./_ffi_descriptor.ts";
import { cmsgAlign, cmsghdr, type Libc, msghdr, sys } from "./_libc.ts";
import { pollerIdle } from "./_poller.ts";
import { SocketError } from "./error.ts";
import type { Transport } from "./transport.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Descriptors that the system takes in one message (SCM_MAX_FD). */
const MOST_DESCRIPTORS = 253;
/** Descriptors that may wait to be taken: a peer must not be able to use up all that we may open. */
const MOST_UNREAD = 512;
/** Calls in a row before others get their turn. */
const TURN = 16;
const EAGAIN = errnoNumber("EAGAIN");
const SHUT_WR = 1;

/** The descriptors on their way, both ways. All of them are closed with the transport. */
export class DescriptorQueue {
  readonly #libc: Libc;
  #arrived: number[] = [];
  /** Duplicates of what is to be sent, each group with the place of its data in the stream. */
  #leaving: { readonly at: number; readonly size: number; readonly fds: readonly number[] }[] = [];
  /** Bytes whose writing was reported. */
  #passed = 0;

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  /**
   * Sends descriptors with the bytes that will be written next.
   *
   * @param fds They are duplicated.
   * @param options `queued`: bytes that were written before and whose writing was not reported;
   * `size`: how many the descriptors go with.
   * @throws {RangeError} None, or more than the system takes at a time.
   * @throws {TypeError} One is not open.
   * @throws {ErrnoError} No more may be opened.
   */
  send(fds: readonly number[], { queued, size }: { queued: number; size: number }): void {
    if (fds.length === 0 || fds.length > MOST_DESCRIPTORS) {
      const so = `the system takes 1 to ${MOST_DESCRIPTORS} at a time`;
      throw new RangeError(`Cannot send ${fds.length} file descriptors: ${so}`);
    }
    const copies: number[] = [];
    try {
      for (const fd of fds) copies.push(this.#duplicate(fd));
    } catch (error) {
      this.close(copies);
      throw error;
    }
    this.#leaving.push({ at: this.#passed + queued, size, fds: copies });
  }

  /** Takes what has arrived. */
  take(): number[] {
    const taken = this.#arrived;
    this.#arrived = [];
    return taken;
  }

  /** What goes with the next bytes, and how many of them may go in one message. */
  next(): { fds: readonly number[]; room: number } {
    const first = this.#leaving[0];
    if (first === undefined) return { fds: [], room: Infinity };
    const room = first.at - this.#passed;
    return room > 0 ? { fds: [], room } : { fds: first.fds, room: first.size };
  }

  /** The descriptors that were next have left. */
  left(): void {
    this.close(this.#leaving.shift()!.fds);
  }

  /** The writing of so many bytes is reported. */
  passed(size: number): void {
    this.#passed += size;
  }

  /** Keeps what a message brought. */
  arrived(fds: readonly number[]): void {
    this.#arrived.push(...fds);
    if (this.#arrived.length <= MOST_UNREAD) return;
    const so = `${this.#arrived.length} wait to be taken, at most ${MOST_UNREAD} may`;
    throw new SocketError("socketResource", `Cannot receive file descriptors: ${so}`);
  }

  /** Closes descriptors. */
  close(fds: readonly number[]): void {
    for (const fd of fds) this.#libc.symbols.close(fd);
  }

  /** Closes everything that is on its way. */
  closeAll(): void {
    this.close(this.take());
    for (const { fds } of this.#leaving.splice(0)) this.close(fds);
  }

  #duplicate(fd: number): number {
    try {
      return this.#libc.duplicate(fd);
    } catch (cause) {
      if ((cause as { code?: unknown }).code !== "EBADF") throw cause;
      throw new TypeError(`Cannot send file descriptor ${fd}: it is not open`, { cause });
    }
  }
}

/** A socket. */
export class FdTransport implements Transport {
  readonly descriptors: DescriptorQueue;
  readonly #socket: Descriptor;
  readonly #incoming: Message;
  readonly #outgoing: Message;
  #reads = 0;
  #writes = 0;

  /** @param fd A connected socket that does not block; closed with the transport. */
  constructor(fd: number, options: LibraryOptions = {}) {
    this.#socket = new Descriptor(fd, options);
    const { libc } = this.#socket;
    this.descriptors = new DescriptorQueue(libc);
    this.#incoming = new Message(libc);
    this.#outgoing = new Message(libc);
  }

  async read(into: Bytes): Promise<number | null> {
    for (;;) {
      const size = this.#reads++ < TURN ? this.#receive(into) : null;
      if (size !== null) return size === 0 ? null : size;
      await this.#socket.readable();
      this.#reads = 0;
    }
  }

  write(bytes: Bytes): Promise<number> {
    const written = this.#write(bytes);
    // The first to be told, just before who waits for the write: at no other time is any byte
    // counted twice or not at all.
    written.then((size) => this.descriptors.passed(size), () => {});
    return written;
  }

  closeWrite(): Promise<void> {
    const { fd, libc } = this.#socket;
    libc.check(libc.symbols.shutdown(fd, SHUT_WR), "shutdown");
    return Promise.resolve();
  }

  close(): void {
    this.descriptors.closeAll();
    this.#socket.close();
  }

  /** Waits until nothing of a closed transport is left, a call under way say. */
  gone(): Promise<void> {
    return pollerIdle();
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }

  async #write(bytes: Bytes): Promise<number> {
    for (;;) {
      const { fds, room } = this.descriptors.next();
      const piece = room < bytes.length ? bytes.subarray(0, room) : bytes;
      const size = this.#writes++ < TURN ? this.#send(piece, fds) : null;
      if (size !== null) {
        if (fds.length > 0) this.descriptors.left();
        return size;
      }
      await this.#socket.writable();
      this.#writes = 0;
    }
  }

  /** The bytes that came; 0 at the end, `null` when nothing is there. */
  #receive(into: Bytes): number | null {
    const { fd, libc } = this.#socket;
    const message = this.#incoming;
    const flags = sys.MSG_DONTWAIT | sys.MSG_CMSG_CLOEXEC;
    const size = this.#checked(
      libc.symbols.recvmsg(fd, message.toReceive(into), flags),
      "recvmsg",
    );
    if (size !== null && message.hasControl) this.descriptors.arrived(message.descriptors());
    if (message.flags & sys.MSG_CTRUNC) {
      const so = "some were lost, since this process may open no more";
      throw new SocketError("socketResource", `Cannot receive file descriptors: ${so}`);
    }
    return size;
  }

  #send(bytes: Bytes, fds: readonly number[]): number | null {
    const { fd, libc } = this.#socket;
    const message = this.#outgoing.toSend(bytes, fds);
    const flags = sys.MSG_DONTWAIT | sys.MSG_NOSIGNAL;
    return this.#checked(libc.symbols.sendmsg(fd, message, flags), "sendmsg");
  }

  #checked(result: number, syscall: string): number | null {
    const { libc } = this.#socket;
    return result === -1 && libc.errno === EAGAIN ? null : libc.check(result, syscall);
  }
}

/** Where the data of a control item begins, and how long its item is. */
const DATA = Math.ceil(cmsghdr.size / cmsgAlign) * cmsgAlign;
const CONTROL_SIZE = DATA + Math.ceil(4 * MOST_DESCRIPTORS / cmsgAlign) * cmsgAlign;

/** One `msghdr` with one buffer and its control data, used again for every call. */
class Message {
  readonly #libc: Libc;
  readonly #control = new Uint8Array(CONTROL_SIZE);
  readonly #vector = new BigUint64Array(2);
  readonly #header: Bytes;
  readonly #fields: DataView;

  constructor(libc: Libc) {
    this.#libc = libc;
    this.#header = msghdr.encode({
      vectors: libc.memory.addressOf(this.#vector),
      vectorCount: 1,
      control: libc.memory.addressOf(this.#control),
    });
    this.#fields = new DataView(this.#header.buffer);
  }

  get hasControl(): boolean {
    return this.#controlLength > 0;
  }

  get flags(): number {
    return this.#fields.getInt32(msghdr.offsets.flags, true);
  }

  toReceive(into: Bytes): Bytes {
    return this.#with(into, CONTROL_SIZE);
  }

  toSend(bytes: Bytes, fds: readonly number[]): Bytes {
    if (fds.length === 0) return this.#with(bytes, 0);
    const length = DATA + 4 * fds.length;
    this.#control.set(cmsghdr.encode({ length, level: sys.SOL_SOCKET, type: sys.SCM_RIGHTS }));
    new Int32Array(this.#control.buffer, DATA).set(fds);
    return this.#with(bytes, Math.ceil(length / cmsgAlign) * cmsgAlign);
  }

  /** The descriptors that came. */
  descriptors(): number[] {
    const fds: number[] = [];
    for (let at = 0; at + cmsghdr.size <= this.#controlLength;) {
      const { length, level, type } = cmsghdr.decode(this.#control, at);
      if (level === sys.SOL_SOCKET && type === sys.SCM_RIGHTS) {
        fds.push(...new Int32Array(this.#control.buffer, at + DATA, (length - DATA) / 4));
      }
      at += Math.ceil(length / cmsgAlign) * cmsgAlign;
    }
    return fds;
  }

  get #controlLength(): number {
    return this.#fields.getUint32(msghdr.offsets.controlLength, true);
  }

  #with(bytes: Bytes, controlLength: number): Bytes {
    this.#vector[0] = this.#libc.memory.addressOf(bytes);
    this.#vector[1] = BigInt(bytes.length);
    this.#fields.setUint32(msghdr.offsets.controlLength, controlLength, true);
    this.#fields.setInt32(msghdr.offsets.flags, 0, true);
    return this.#header;
  }
}
