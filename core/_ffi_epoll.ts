/**
 * Linux's epoll, with an eventfd that wakes it.
 *
 * Descriptors are armed for one event (EPOLLONESHOT) and stay in the set afterwards, disarmed: the
 * next wait is one system call, and the way to who waits none. No record is kept of the set, since
 * the kernel drops what is closed without a word: we arm, and add what it does not know.
 */
import { errnoCode, ErrnoError, struct, track } from "./_ffi.ts";
import { type Libc, sys } from "./_libc.ts";

/** What is wanted of a descriptor. */
export interface Interest {
  readonly wantsReadable: boolean;
  readonly wantsWritable: boolean;
}

/** What happened to a descriptor: a hang-up or an error makes it ready for both. */
export interface Readiness {
  readonly fd: number;
  readonly isReadable: boolean;
  readonly isWritable: boolean;
}

/** An epoll and its eventfd. */
export class Epoll implements Disposable {
  /** libc, which it closes with itself. */
  readonly libc: Libc;
  readonly #epoll: number;
  readonly #wakeUp: number;
  readonly #live: Disposable;
  readonly #buffer = new Uint8Array(CAPACITY * layout.size);
  readonly #view = new DataView(this.#buffer.buffer);
  /** The argument of `epoll_ctl`. */
  readonly #event = new DataView(new ArrayBuffer(layout.size));

  /**
   * Opens both and takes libc over, whatever happens.
   *
   * @throws {LibraryError} Where there is no epoll.
   * @throws {ErrnoError} If the system has no descriptors left.
   */
  constructor(libc: Libc) {
    using undo = new DisposableStack();
    undo.use(libc);
    this.libc = libc;
    const { symbols } = libc;
    this.#epoll = libc.check(symbols.epoll_create1(sys.SOCK_CLOEXEC), "epoll_create1");
    undo.defer(() => symbols.close(this.#epoll));
    const flags = sys.SOCK_CLOEXEC | sys.SOCK_NONBLOCK;
    this.#wakeUp = libc.check(symbols.eventfd(0, flags), "eventfd");
    libc.check(this.#control(ADD, { fd: this.#wakeUp, events: READABLE }), "epoll_ctl");
    this.#live = track("poller");
    undo.move();
  }

  /** Looks for one event of a descriptor; gives the error if epoll cannot. */
  arm(fd: number, { wantsReadable, wantsWritable }: Interest): ErrnoError | null {
    const events = (wantsReadable ? READABLE : 0) | (wantsWritable ? WRITABLE : 0) | ONCE;
    if (this.#control(MODIFY, { fd, events }) === 0) return null;
    let { errno } = this.libc;
    if (errnoCode(errno) === "ENOENT") {
      if (this.#control(ADD, { fd, events }) === 0) return null;
      errno = this.libc.errno;
    }
    const kind = errnoCode(errno) === "EPERM" ? ", a file or folder that is always ready" : "";
    return new ErrnoError(errno, "epoll_ctl", { doing: `wait for descriptor ${fd}${kind}` });
  }

  /** Forgets a descriptor: closing it is not enough where a copy of it stays open. */
  forget(fd: number): void {
    this.#control(DELETE, { fd, events: 0 });
  }

  /**
   * Waits for events on a thread of the pool, without end.
   *
   * @returns How many there are; -1 if it failed, and nobody can say why: {@linkcode look} again.
   */
  wait(): Promise<number> {
    return this.libc.symbols.epollBlock(this.#epoll, this.#buffer, CAPACITY, -1);
  }

  /** How many events there are now; -1 with an errno if it failed. */
  look(): number {
    return this.libc.symbols.epoll_wait(this.#epoll, this.#buffer, CAPACITY, 0);
  }

  /** Lets {@linkcode wait} return. */
  wake(): void {
    this.libc.symbols.write(this.#wakeUp, one, 8n);
  }

  /** The events of which there are so many. */
  *events(count: number): Generator<Readiness, void> {
    for (let at = 0; at < count * layout.size; at += layout.size) {
      const bits = this.#view.getUint32(at + layout.offsets.events, true);
      const fd = this.#view.getInt32(at + layout.offsets.data, true);
      if (fd === this.#wakeUp) this.libc.symbols.read(fd, scratch, 8n);
      else {
        const isReadable = (bits & (READABLE | BROKEN)) !== 0;
        yield { fd, isReadable, isWritable: (bits & (WRITABLE | BROKEN)) !== 0 };
      }
    }
  }

  /** Closes both, and lets go of libc. */
  [Symbol.dispose](): void {
    this.libc.symbols.close(this.#epoll);
    this.libc.symbols.close(this.#wakeUp);
    this.libc[Symbol.dispose]();
    this.#live[Symbol.dispose]();
  }

  #control(operation: number, { fd, events }: { fd: number; events: number }): number {
    this.#event.setUint32(layout.offsets.events, events, true);
    this.#event.setInt32(layout.offsets.data, fd, true);
    return this.libc.symbols.epoll_ctl(this.#epoll, operation, fd, this.#event);
  }
}

/** Events that one call can give. */
const CAPACITY = 256;

const [ADD, DELETE, MODIFY] = [1, 2, 3];
/** EPOLLIN: data, the end of data, a connection to accept. */
const READABLE = 0x1;
/** EPOLLOUT. */
const WRITABLE = 0x4;
/** EPOLLERR and EPOLLHUP, which come unasked, and alone where a pipe's last writer has gone. */
const BROKEN = 0x8 | 0x10;
/** EPOLLONESHOT. */
const ONCE = 0x40000000;

/** `epoll_event`, which is packed on x86-64 alone; its data is the descriptor's number. */
const layout = struct({ events: "u32", data: "u64" }, { packed: Deno.build.arch === "x86_64" });
const one = new Uint8Array(new BigUint64Array([1n]).buffer);
const scratch = new Uint8Array(8);
