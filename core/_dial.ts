/**
 * The one place where a connection is opened: permission, names, happy eyeballs, time limits,
 * errors. Whatever is dialled, proxies included, is dialled here.
 */
import { HostAddress } from "../protocol/host_address.ts";
import { interleave, race } from "./_dial_plan.ts";
import { dialUnix, type UnixEngine } from "./_dial_unix.ts";
import { connectByDeno, connectByNode, type Engine, needsNode } from "./_engine.ts";
import { socketErrorFrom } from "./_error_border.ts";
import { asciiName, lookup } from "./_lookup.ts";
import { abortable, timeoutError, type WaitOptions } from "./_wait.ts";
import { SocketError } from "./error.ts";
import { hostAndPort, PermissionError, PermissionScope } from "./permission.ts";
import type { Transport } from "./transport.ts";

/** A TCP port to connect to. */
export interface TcpTarget {
  /** A name, or an address in any form that {@linkcode HostAddress.parse} reads strictly. */
  readonly hostname: string | HostAddress;
  /** From 0 to 65 535. */
  readonly port: number;
}

/** A Unix socket to connect to. */
export interface UnixTarget {
  /** The path of the socket, or an abstract name after "\0". */
  readonly path: string;
}

/** What the socket itself is asked for; any of them makes it a socket of node:net. */
export interface SocketNeeds {
  /** The address to connect from. Needs the net permission for it and `localPort`. */
  localAddress?: string | HostAddress;
  /** The port to connect from; any free one by default. */
  localPort?: number;
  /** Whether `transport.abort()` has to send a real reset. */
  resettable?: boolean;
  /** Milliseconds of silence after which keep-alive probes begin. */
  keepAliveIdle?: number;
}

/** How to dial. */
export interface DialOptions extends WaitOptions, SocketNeeds {
  /** Who may connect where: whatever the process may, by default. */
  scope?: PermissionScope;
  /** Which addresses of a name count: "any" by default. */
  protocol?: "any" | "ipv4" | "ipv6";
  /**
   * Called once, when it is known where to connect to; with no address where the grant leaves the
   * look-up to Deno, and for Unix sockets not at all.
   */
  onLookup?: (addresses: readonly HostAddress[]) => void;
  /** How long an attempt has the field for itself: 250 ms by default (RFC 8305 §5). */
  attemptDelay?: number;
  /** How one address is connected to, in place of Deno's and node's engine. */
  engine?: Engine;
  /** How a Unix socket is connected to, in place of Deno's way. */
  unixEngine?: UnixEngine;
  /** How names are looked up, in place of the system's way. */
  lookup?: (name: string) => Promise<readonly HostAddress[]>;
}

/** An open connection. */
export interface Dialled {
  /** The bytes. */
  readonly transport: Transport;
  /** Our address; null for Unix sockets. */
  readonly localAddress: HostAddress;
  /** Our port; 0 for Unix sockets. */
  readonly localPort: number;
  /** The peer's address; null for Unix sockets. */
  readonly peerAddress: HostAddress;
  /** The peer's port; 0 for Unix sockets. */
  readonly peerPort: number;
}

/**
 * Opens a connection.
 *
 * @param target Where to.
 * @param options How; without a timeout it waits as long as the system does.
 * @returns The open connection, which the caller closes. Nothing is left open on failure.
 * @throws {SocketError} If it fails, in Qt's words. A denial is "socketAccess" with the
 * PermissionError as cause, the end of the time "socketTimeout" with a `DOMException` TimeoutError.
 * @throws {TypeError} If the target or an option is none; RangeError for a port.
 * @throws The signal's reason, if it aborts.
 */
export async function dial(
  target: TcpTarget | UnixTarget,
  options: DialOptions = {},
): Promise<Dialled> {
  const { scope = PermissionScope.process, signal, timeout = -1 } = options;
  const place = "path" in target ? null : placeOf(target);
  const doing = `connect to ${"path" in target ? target.path.replace("\0", "@") : place!.label}`;
  signal?.throwIfAborted();
  using limit = new Limit(timeout, signal);
  try {
    if ("path" in target) {
      return await dialUnix(target.path, { ...options, scope, signal: limit.signal });
    }
    return await dialTcp({ ...options, ...place!, scope, limit: limit.signal });
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (!limit.isOver) throw socketErrorFrom(error, doing);
    throw new SocketError("socketTimeout", `Cannot ${doing}: no connection in ${timeout} ms`, {
      cause: timeoutError(timeout),
    });
  }
}

/** A TCP target read: a name, or an address. */
interface TcpPlace {
  readonly name: string;
  readonly address: HostAddress | null;
  readonly port: number;
  /** How permissions and sentences name it. */
  readonly label: string;
}

type TcpDial = DialOptions & TcpPlace & {
  readonly scope: PermissionScope;
  readonly limit: AbortSignal | undefined;
};

function placeOf({ hostname, port }: TcpTarget): TcpPlace {
  if (!(Number.isInteger(port) && port >= 0 && port <= 65535)) {
    throw new RangeError(`Cannot connect to port ${port}: not from 0 to 65535`);
  }
  if (hostname instanceof HostAddress) {
    if (hostname.isNull) throw new TypeError("Cannot connect to the null address: it is no host");
    return { name: `${hostname}`, address: hostname, port, label: hostAndPort(hostname, port) };
  }
  const name = asciiName(hostname.replace(/^\[(.*)\]$/, "$1"));
  return { name, address: HostAddress.parse(name), port, label: hostAndPort(name, port) };
}

async function dialTcp(dial: TcpDial): Promise<Dialled> {
  const { address, attemptDelay: delay, label, limit, name, port } = dial;
  const engine = dial.engine ?? (needsNode(dial) ? connectByNode(dial) : connectByDeno);
  if (name === "") throw new SocketError("hostNotFound", "Cannot connect: no host name given");
  dial.scope.require({ name: "net", host: label });
  const addresses = address ? literal(address, dial) : await addressesOf(dial);
  if (addresses === null) return await connectByName(engine, dial);
  if (addresses.length === 1) return await engine({ hostname: `${addresses[0]}`, port }, limit);
  const attempt = async (address: HostAddress, signal: AbortSignal) => {
    try {
      return await engine({ hostname: `${address}`, port }, signal);
    } catch (error) {
      throw socketErrorFrom(error, `connect to ${label} at ${address}`);
    }
  };
  try {
    return await race(interleave(addresses), {
      connect: attempt,
      discard: ({ transport }) => transport.close(),
      delay,
      signal: limit,
    });
  } catch (error) {
    if (!(error instanceof AggregateError)) throw error;
    const last: SocketError = error.errors.at(-1);
    throw new SocketError(last.code, last.message, { cause: error });
  }
}

function literal(address: HostAddress, dial: TcpDial): HostAddress[] {
  if (!fits(address, dial)) {
    const so = `the address is not ${dial.protocol}`;
    throw new SocketError("hostNotFound", `Cannot connect to ${dial.label}: ${so}`);
  }
  dial.onLookup?.([address]);
  return [address];
}

/**
 * The addresses of a name that may be tried, or null where the grant is for the name alone: then
 * Deno has to look it up and connect by itself.
 */
async function addressesOf(dial: TcpDial): Promise<HostAddress[] | null> {
  const { label, limit, name, onLookup, port, protocol = "any", scope } = dial;
  const needsAddress = needsNode(dial);
  const lookupNeed = { name: "net", host: name } as const;
  if (dial.lookup === undefined && !PermissionScope.process.allows(lookupNeed)) {
    if (needsAddress || protocol !== "any") throw new PermissionError(lookupNeed);
    onLookup?.([]);
    return null;
  }
  const found = await until((dial.lookup ?? lookup)(name), limit);
  const fitting = found.filter((address) => fits(address, dial));
  if (fitting.length === 0) {
    throw new SocketError("hostNotFound", `Cannot connect to ${label}: no ${protocol} address`);
  }
  const usable = fitting.filter((address) => !scope.denies(address, port));
  const need = (address: HostAddress) =>
    ({ name: "net", host: hostAndPort(address, port) }) as const;
  if (usable.length === 0) throw new PermissionError(need(fitting[0]!), { refusedBy: "scope" });
  onLookup?.(usable);
  const missing = usable.find((address) => !PermissionScope.process.allows(need(address)));
  if (missing === undefined) return usable;
  if (needsAddress || fitting.length < found.length) throw new PermissionError(need(missing));
  return null;
}

async function connectByName(engine: Engine, dial: TcpDial): Promise<Dialled> {
  const { limit, name, port, scope } = dial;
  const dialled = await engine({ hostname: name, port }, limit);
  const { peerAddress, transport } = dialled;
  if (!scope.denies(peerAddress, port)) return dialled;
  transport.close();
  const need = { name: "net", host: hostAndPort(peerAddress, port) } as const;
  throw new PermissionError(need, { refusedBy: "scope" });
}

function fits(address: HostAddress, { protocol = "any" }: DialOptions): boolean {
  return protocol === "any" || address.protocol === protocol;
}

/** A promise that cannot be cancelled, waited for until the signal aborts. */
function until<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return abortable<T>((resolve, reject) => {
    promise.then(resolve, reject);
    return () => {};
  }, { signal });
}

/** The end of the time and the caller's signal as one signal, which costs nothing without a time. */
class Limit implements Disposable {
  readonly signal: AbortSignal | undefined;
  isOver = false;
  readonly #stop: () => void = () => {};

  constructor(timeout: number, signal: AbortSignal | undefined) {
    this.signal = signal;
    if (timeout < 0) return;
    const both = new AbortController();
    const abort = () => both.abort(signal!.reason);
    const timer = setTimeout(() => {
      this.isOver = true;
      both.abort();
    }, timeout);
    signal?.addEventListener("abort", abort);
    this.signal = both.signal;
    this.#stop = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    };
  }

  [Symbol.dispose](): void {
    this.#stop();
  }
}
