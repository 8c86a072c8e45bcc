/**
 * The one border where what Deno and node throw becomes a {@linkcode SocketError}: Qt's words, a
 * sentence, the original as `cause`.
 */
import { SocketError, type SocketErrorCode } from "./error.ts";
import { PermissionError } from "./permission_error.ts";

/** What the caller knows besides the error. */
export interface SocketErrorContext {
  /** The permission that was being used: a denial then names its exact flag. */
  need?: Deno.PermissionDescriptor;
  /** The code of an error that the table does not know: "network" by default. */
  otherwise?: SocketErrorCode;
}

/**
 * Turns whatever was thrown into a SocketError; one that is there already stays as it is.
 *
 * @param error What was thrown: a `Deno.errors` class, an error of node with a `code`, a
 * PermissionError, a DOMException.
 * @param doing The sentence between "Cannot " and ": ", for example "connect to example.com:443".
 * @returns The error, with `error` (or, for a denial, a PermissionError) as its cause.
 */
export function socketErrorFrom(
  error: unknown,
  doing: string,
  context: SocketErrorContext = {},
): SocketError {
  if (error instanceof SocketError) return error;
  if (error instanceof PermissionError) return denied(error, doing);
  const { name, message, code, syscall } = Object(error) as Partial<Record<string, string>>;
  if (name === "NotCapable") {
    const need = context.need ?? neededBy(message ?? "");
    return denied(new PermissionError(need, { cause: error }), doing);
  }
  // A Deno error without an errno is known by its class; getaddrinfo's by its text alone.
  const known = causes[`${syscall} ${code}`] ?? causes[`${code}`] ??
    causes[classes[`${name}`] ?? ""] ??
    (lookupFailure.test(message ?? "") ? causes.ENOTFOUND : undefined);
  const [socketCode, sentence] = known ?? [context.otherwise ?? "network", message ?? `${error}`];
  return new SocketError(socketCode, `Cannot ${doing}: ${sentence}`, { cause: error });
}

function denied(error: PermissionError, doing: string): SocketError {
  const so = error.refusedBy === "process"
    ? `it needs ${error.flag}`
    : "its scope does not allow it";
  return new SocketError("socketAccess", `Cannot ${doing}: ${so}`, { cause: error });
}

/** Reads 'Requires net access to "127.0.0.1:80", run again with the --allow-net flag'. */
function neededBy(message: string): Deno.PermissionDescriptor {
  const [, name = "net", target] = /Requires (\w+) access(?: to "(.+?)")?/.exec(message) ?? [];
  if (target === undefined) return { name } as Deno.PermissionDescriptor;
  const key = { net: "host", run: "command", env: "variable", sys: "kind" }[name] ?? "path";
  return { name, [key]: target } as unknown as Deno.PermissionDescriptor;
}

const lookupFailure = /lookup address information|no record found|getaddrinfo/i;

const causes: Readonly<Record<string, readonly [SocketErrorCode, string]>> = {
  ECONNREFUSED: ["connectionRefused", "connection refused"],
  ECONNRESET: ["remoteHostClosed", "the remote host closed the connection"],
  ECONNABORTED: ["remoteHostClosed", "the connection was aborted"],
  EPIPE: ["remoteHostClosed", "the remote host has closed its side"],
  ENOTFOUND: ["hostNotFound", "host not found"],
  EAI_AGAIN: ["hostNotFound", "the name service gave no answer"],
  EAI_NODATA: ["hostNotFound", "the host has no address"],
  ENOENT: ["hostNotFound", "no such socket"],
  ENOTDIR: ["hostNotFound", "no such socket"],
  EACCES: ["socketAccess", "access denied by the system"],
  EPERM: ["socketAccess", "access denied by the system"],
  EMFILE: ["socketResource", "too many open files"],
  ENFILE: ["socketResource", "too many open files in the system"],
  ENOBUFS: ["socketResource", "no buffer space"],
  ENOMEM: ["socketResource", "out of memory"],
  ETIMEDOUT: ["socketTimeout", "connection timed out"],
  EMSGSIZE: ["datagramTooLarge", "the datagram is too large"],
  ENETUNREACH: ["network", "network unreachable"],
  EHOSTUNREACH: ["network", "no route to host"],
  ENETDOWN: ["network", "network down"],
  EADDRINUSE: ["addressInUse", "address in use"],
  EADDRNOTAVAIL: ["socketAddressNotAvailable", "address not available on this machine"],
  "bind EINVAL": ["socketAddressNotAvailable", "address not available on this machine"],
  EAFNOSUPPORT: ["unsupportedSocketOperation", "address family not supported"],
  EOPNOTSUPP: ["unsupportedSocketOperation", "operation not supported"],
  EPROTONOSUPPORT: ["unsupportedSocketOperation", "protocol not supported"],
  EBADF: ["operation", "the socket is closed"],
  EINTR: ["operation", "the socket was closed meanwhile"],
  EAGAIN: ["temporary", "not possible just now"],
};

const classes: Readonly<Record<string, string>> = {
  AddrInUse: "EADDRINUSE",
  AddrNotAvailable: "EADDRNOTAVAIL",
  BadResource: "EBADF",
  BrokenPipe: "EPIPE",
  ConnectionAborted: "ECONNABORTED",
  ConnectionRefused: "ECONNREFUSED",
  ConnectionReset: "ECONNRESET",
  Interrupted: "EINTR",
  NetworkUnreachable: "ENETUNREACH",
  NotConnected: "EPIPE",
  NotFound: "ENOENT",
  NotSupported: "EOPNOTSUPP",
  PermissionDenied: "EACCES",
  TimedOut: "ETIMEDOUT",
  TimeoutError: "ETIMEDOUT",
  UnexpectedEof: "ECONNRESET",
  WouldBlock: "EAGAIN",
};
