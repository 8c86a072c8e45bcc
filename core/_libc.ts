/**
 * libc: its functions, constants and structs, for all that stands on it. Linux's are used and
 * tested; macOS's are those of its headers.
 *
 * Lengths are `usize` and so bigints. What `ssize_t` functions return is declared `i32`: they
 * never return more than 2 147 479 552 (Linux cuts longer transfers, macOS refuses them), and it
 * is the lower half of the same register.
 *
 * macOS on arm64 passes variadic arguments on the stack, where a plain signature leaves garbage.
 * `fcntl` is the only variadic function here: call {@linkcode Libc.fcntl}. `shm_open`, `sem_open`,
 * `open`, `semctl` are of that kind too.
 */
import {
  errnoCode,
  ErrnoError,
  type Library,
  type LibraryOptions,
  type LibrarySpec,
  type LibrarySymbols,
  Memory,
  memorySymbols,
  openLibrary,
  type Struct,
  struct,
  systemPaths,
} from "./_ffi.ts";
import { libcNames } from "./_ffi_paths.ts";

const isDarwin = Deno.build.os === "darwin";

const symbols = {
  ...memorySymbols,
  errnoLocation: {
    name: isDarwin ? "__error" : "__errno_location",
    parameters: [],
    result: "usize",
  },
  // Sockets. Addresses and messages are buffers that hold the struct.
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  socketpair: { parameters: ["i32", "i32", "i32", "buffer"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  listen: { parameters: ["i32", "i32"], result: "i32" },
  accept: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  /** Linux only; elsewhere `accept` and {@linkcode Libc.fcntl}. */
  accept4: { parameters: ["i32", "buffer", "buffer", "i32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  getpeername: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  shutdown: { parameters: ["i32", "i32"], result: "i32" },
  sendmsg: { parameters: ["i32", "buffer", "i32"], result: "i32" },
  recvmsg: { parameters: ["i32", "buffer", "i32"], result: "i32" },
  sendto: { parameters: ["i32", "buffer", "usize", "i32", "buffer", "u32"], result: "i32" },
  /** Linux only: several messages at once; the last argument is a time limit, 0 for none. */
  recvmmsg: { parameters: ["i32", "buffer", "u32", "i32", "usize"], result: "i32" },
  // Descriptors.
  read: { parameters: ["i32", "buffer", "usize"], result: "i32" },
  write: { parameters: ["i32", "buffer", "usize"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  dup: { parameters: ["i32"], result: "i32" },
  fcntl: { parameters: ["i32", "i32", "i32"], result: "i32" },
  /** The same with eight arguments for the registers, so that the ninth is on the stack. */
  fcntlOnStack: {
    name: "fcntl",
    parameters: ["i32", "i32", "u64", "u64", "u64", "u64", "u64", "u64", "i64"],
    result: "i32",
  },
  poll: { parameters: ["buffer", "usize", "i32"], result: "i32" },
  // Linux's readiness; `epollBlock` waits on a thread of the pool, and leaves no errno.
  epoll_create1: { parameters: ["i32"], result: "i32" },
  epoll_ctl: { parameters: ["i32", "i32", "i32", "buffer"], result: "i32" },
  epoll_wait: { parameters: ["i32", "buffer", "i32", "i32"], result: "i32" },
  epollBlock: {
    name: "epoll_wait",
    parameters: ["i32", "buffer", "i32", "i32"],
    result: "i32",
    nonblocking: true,
  },
  eventfd: { parameters: ["u32", "i32"], result: "i32" },
  // Who we are.
  getuid: { parameters: [], result: "u32" },
  geteuid: { parameters: [], result: "u32" },
  getegid: { parameters: [], result: "u32" },
  getpid: { parameters: [], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

/** libc, for {@linkcode openLibrary}. */
export const libcSpec: LibrarySpec<typeof symbols> = {
  name: "libc",
  paths: systemPaths(libcNames),
  symbols,
  requires: ["addressOf", "peek", "errnoLocation"],
};

/** One user's hold on libc. */
export class Libc implements Disposable {
  readonly #library: Library<typeof symbols>;
  readonly #number = new Int32Array(1);
  readonly #errnoLocation: bigint;
  /** Memory by address. */
  readonly memory: Memory;

  /**
   * Opens libc, or takes part in it; close it with `using`.
   *
   * @throws {PermissionError} Without `--allow-ffi` for its path.
   * @throws {LibraryError} Where there is none, on Windows say.
   */
  constructor(options: LibraryOptions = {}) {
    this.#library = openLibrary(libcSpec, options);
    this.memory = new Memory(this.symbols);
    this.#errnoLocation = this.symbols.errnoLocation();
  }

  /** Its functions. */
  get symbols(): LibrarySymbols<typeof symbols> {
    return this.#library.symbols;
  }

  /** Whether it has a function that newer versions, or other systems, have. */
  has(name: keyof typeof symbols): boolean {
    return this.#library.has(name);
  }

  /**
   * What the last synchronous call left in `errno`; read it before anything else. A nonblocking
   * call fails on another thread, and its errno cannot be had: repeat it synchronously.
   */
  get errno(): number {
    this.memory.peek(this.#errnoLocation, this.#number);
    return this.#number[0]!;
  }

  /** The name of {@linkcode errno}, for example "EAGAIN". */
  get errnoCode(): string {
    return errnoCode(this.errno);
  }

  /**
   * What a call returned, unless it failed.
   *
   * @throws {ErrnoError} If the result is -1.
   */
  check(result: number, syscall: string): number {
    if (result === -1) throw new ErrnoError(this.errno, syscall);
    return result;
  }

  /** `fcntl` with a number: variadic, so its argument travels differently on Apple's arm64. */
  fcntl(fd: number, command: number, argument: number = 0): number {
    if (!isDarwin || Deno.build.arch !== "aarch64") {
      return this.symbols.fcntl(fd, command, argument);
    }
    const [a, b, c, d, e, f] = padding;
    return this.symbols.fcntlOnStack(fd, command, a, b, c, d, e, f, BigInt(argument));
  }

  /** A second descriptor for the same file or socket, which children do not inherit. */
  duplicate(fd: number): number {
    return this.check(this.fcntl(fd, sys.F_DUPFD_CLOEXEC), "fcntl");
  }

  /** Lets go; what was opened with it stays open. */
  [Symbol.dispose](): void {
    this.#library[Symbol.dispose]();
  }
}

const padding = [0n, 0n, 0n, 0n, 0n, 0n] as const;

const linux = {
  AF_UNIX: 1,
  AF_INET: 2,
  AF_INET6: 10,
  SOCK_STREAM: 1,
  SOCK_DGRAM: 2,
  SOCK_SEQPACKET: 5,
  SOCK_NONBLOCK: 0o4000,
  SOCK_CLOEXEC: 0o2000000,
  SOL_SOCKET: 1,
  SO_REUSEADDR: 2,
  SO_TYPE: 3,
  SO_ERROR: 4,
  SO_SNDBUF: 7,
  SO_RCVBUF: 8,
  SO_KEEPALIVE: 9,
  SO_LINGER: 13,
  SO_PEERCRED: 17,
  SCM_RIGHTS: 1,
  MSG_CTRUNC: 0x8,
  MSG_TRUNC: 0x20,
  MSG_DONTWAIT: 0x40,
  MSG_NOSIGNAL: 0x4000,
  MSG_CMSG_CLOEXEC: 0x40000000,
  F_GETFD: 1,
  F_SETFD: 2,
  F_GETFL: 3,
  F_SETFL: 4,
  F_DUPFD_CLOEXEC: 1030,
  FD_CLOEXEC: 1,
  O_NONBLOCK: 0o4000,
};

const darwin: typeof linux = {
  ...linux,
  AF_INET6: 30,
  SOCK_NONBLOCK: 0, // not there: fcntl after the call
  SOCK_CLOEXEC: 0,
  SOL_SOCKET: 0xffff,
  SO_REUSEADDR: 0x4,
  SO_TYPE: 0x1008,
  SO_ERROR: 0x1007,
  SO_SNDBUF: 0x1001,
  SO_RCVBUF: 0x1002,
  SO_KEEPALIVE: 0x8,
  SO_LINGER: 0x80,
  SO_PEERCRED: -1, // not there: LOCAL_PEERCRED, another struct
  MSG_CTRUNC: 0x20,
  MSG_TRUNC: 0x10,
  MSG_DONTWAIT: 0x80,
  MSG_NOSIGNAL: 0x80000,
  MSG_CMSG_CLOEXEC: 0,
  F_DUPFD_CLOEXEC: 67,
  O_NONBLOCK: 0x4,
};

/** The constants of the headers, by C's names. */
export const sys: Readonly<typeof linux> = isDarwin ? darwin : linux;

/** The upper half of a `size_t` that macOS has as `u32`; no length of ours reaches it. */
const upperHalf = { bytes: isDarwin ? 0 : 4 } as const;

/** One buffer of a message. */
export const iovec: Struct<{ base: "usize"; length: "usize" }> = struct({
  base: "usize",
  length: "usize",
});

/** What `sendmsg` and `recvmsg` take. */
export const msghdr: Struct<{
  name: "usize";
  nameLength: "u32";
  vectors: "usize";
  vectorCount: "u32";
  control: "usize";
  controlLength: "u32";
  upperHalf: { bytes: number };
  flags: "i32";
}> = struct({
  name: "usize",
  nameLength: "u32",
  vectors: "usize",
  vectorCount: "u32",
  control: "usize",
  controlLength: "u32",
  upperHalf,
  flags: "i32",
});

/** The head of one item of control data; the next begins at a multiple of {@linkcode cmsgAlign}. */
export const cmsghdr: Struct<{
  length: "u32";
  upperHalf: { bytes: number };
  level: "i32";
  type: "i32";
}> = struct({ length: "u32", upperHalf, level: "i32", type: "i32" });

/** What items of control data are aligned to. */
export const cmsgAlign: number = isDarwin ? 4 : 8;

/** What `SO_PEERCRED` gives on Linux. */
export const ucred: Struct<{ pid: "i32"; uid: "u32"; gid: "u32" }> = struct({
  pid: "i32",
  uid: "u32",
  gid: "u32",
});

/** What `poll` takes. */
export const pollfd: Struct<{ fd: "i32"; events: "i16"; revents: "i16" }> = struct({
  fd: "i32",
  events: "i16",
  revents: "i16",
});
