/** The error numbers of C: their names, which `_error_border.ts` knows, and what they mean. */
import { NetworkingError } from "./error.ts";

/** A call into libc failed. */
export class ErrnoError extends NetworkingError {
  /** The class's name, for printing. */
  override readonly name: string = "ErrnoError";
  /** The number, which differs between systems; `code` does not. */
  readonly errno: number;
  /** The function that failed, for example "bind". */
  readonly syscall: string;

  /**
   * Makes the error.
   *
   * @param errno The number that the call left behind; its name becomes `code`, as "ECONNREFUSED".
   * @param syscall The function that failed.
   * @param options `doing`: the sentence between "Cannot " and ": ", "call ‹function›" by default.
   */
  constructor(
    errno: number,
    syscall: string,
    { doing = `call ${syscall}`, ...options }: ErrorOptions & { doing?: string } = {},
  ) {
    const code = errnoCode(errno);
    super(code, `Cannot ${doing}: ${texts[code]?.[2] ?? "error"} (${code})`, options);
    this.errno = errno;
    this.syscall = syscall;
  }
}

/** The name of an error number on this system, for example "EAGAIN"; "E0" style where unknown. */
export function errnoCode(errno: number): string {
  return codes.get(errno) ?? `E${errno}`;
}

/** The number of a name on this system. */
export function errnoNumber(code: ErrnoCode): number {
  return texts[code]![column]!;
}

/** The names that {@linkcode errnoNumber} knows. */
export type ErrnoCode = keyof typeof table;

/** Numbers on Linux and macOS, and the meaning. */
const table = {
  EPERM: [1, 1, "not permitted"],
  ENOENT: [2, 2, "not found"],
  EINTR: [4, 4, "interrupted"],
  EIO: [5, 5, "input or output failed"],
  ENXIO: [6, 6, "no such device or address"],
  E2BIG: [7, 7, "the list is too long"],
  EBADF: [9, 9, "the descriptor is not open"],
  EAGAIN: [11, 35, "not possible just now"],
  ENOMEM: [12, 12, "out of memory"],
  EACCES: [13, 13, "access denied"],
  EFAULT: [14, 14, "bad address"],
  EBUSY: [16, 16, "in use"],
  EEXIST: [17, 17, "it exists already"],
  ENODEV: [19, 19, "no such device"],
  ENOTDIR: [20, 20, "not a folder"],
  EISDIR: [21, 21, "it is a folder"],
  EINVAL: [22, 22, "invalid argument"],
  ENFILE: [23, 23, "too many open files in the system"],
  EMFILE: [24, 24, "too many open files"],
  ENOTTY: [25, 25, "not possible for such a descriptor"],
  EFBIG: [27, 27, "too large"],
  ENOSPC: [28, 28, "no space left"],
  EPIPE: [32, 32, "the other side is closed"],
  ERANGE: [34, 34, "out of range"],
  EDEADLK: [35, 11, "it would wait for itself"],
  ENAMETOOLONG: [36, 63, "the name is too long"],
  ENOSYS: [38, 78, "the system has no such function"],
  ELOOP: [40, 62, "too many symbolic links"],
  EIDRM: [43, 90, "it was removed"],
  EOVERFLOW: [75, 84, "too large for its type"],
  ENOTSOCK: [88, 38, "not a socket"],
  EDESTADDRREQ: [89, 39, "it needs a destination"],
  EMSGSIZE: [90, 40, "the message is too long"],
  EPROTOTYPE: [91, 41, "wrong type of socket"],
  ENOPROTOOPT: [92, 42, "no such option"],
  EPROTONOSUPPORT: [93, 43, "protocol not supported"],
  EOPNOTSUPP: [95, 102, "not supported"],
  EAFNOSUPPORT: [97, 47, "address family not supported"],
  EADDRINUSE: [98, 48, "address in use"],
  EADDRNOTAVAIL: [99, 49, "address not available"],
  ENETDOWN: [100, 50, "network down"],
  ENETUNREACH: [101, 51, "network unreachable"],
  ECONNABORTED: [103, 53, "connection aborted"],
  ECONNRESET: [104, 54, "connection reset"],
  ENOBUFS: [105, 55, "no buffer space"],
  EISCONN: [106, 56, "connected already"],
  ENOTCONN: [107, 57, "not connected"],
  ETOOMANYREFS: [109, 59, "too many descriptors on their way"],
  ETIMEDOUT: [110, 60, "timed out"],
  ECONNREFUSED: [111, 61, "connection refused"],
  EHOSTUNREACH: [113, 65, "no route to host"],
  EALREADY: [114, 37, "it has begun already"],
  EINPROGRESS: [115, 36, "it has begun"],
  EOWNERDEAD: [130, 105, "its owner has died"],
} as const satisfies Record<string, readonly [linux: number, darwin: number, text: string]>;

const texts: Readonly<Record<string, readonly [number, number, string]>> = table;
const column = Deno.build.os === "darwin" ? 1 : 0;
const codes = new Map<number, string>(
  Object.entries(table).map(([code, row]) => [row[column], code]),
);
