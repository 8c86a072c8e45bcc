/**
 * The address that a datagram socket is connected to: permission, look-up, choice.
 *
 * @module
 */
import { asciiName, lookup } from "../core/_lookup.ts";
import { abortable } from "../core/_wait.ts";
import { SocketError } from "../core/error.ts";
import { hostAndPort, PermissionError, PermissionScope } from "../core/permission.ts";
import { HostAddress } from "../protocol/host_address.ts";

/** What is looked for. */
export interface DatagramHost {
  readonly hostname: string;
  readonly port: number;
  /** Which addresses can be sent to. */
  readonly protocol: "any" | "ipv4" | "ipv6";
  readonly scope: PermissionScope;
  /** Milliseconds, -1 for ever. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/**
 * The first address of a host that may be sent to. Nothing is tried, since no peer answers.
 *
 * @throws {PermissionError} (rejects) The host, or all of its addresses, are not granted.
 * @throws {SocketError} (rejects) It has no address that fits, or the time is over.
 */
export async function sendableAddressOf(host: DatagramHost): Promise<HostAddress> {
  const { port, protocol, scope, signal, timeout } = host;
  // Whatever the host, nothing is told before who called had time to connect slots.
  await Promise.resolve();
  const name = asciiName(host.hostname.replace(/^\[(.*)\]$/, "$1"));
  const netOf = (target: string | HostAddress) =>
    ({ name: "net", host: hostAndPort(target, port) }) as const;
  scope.require(netOf(name));
  const literal = HostAddress.parse(name);
  const found = literal ? [literal] : await looked(name, { signal, timeout });
  const fitting = found.filter((address) => protocol === "any" || address.protocol === protocol);
  if (fitting.length === 0) {
    const so = `it has no ${protocol} address`;
    throw new SocketError("hostNotFound", `Cannot connect to ${hostAndPort(name, port)}: ${so}`);
  }
  const reachable = fitting.filter((address) => !scope.denies(address, port));
  const [first] = reachable;
  if (first === undefined) throw new PermissionError(netOf(fitting[0]!), { refusedBy: "scope" });
  const granted = reachable.find((address) => PermissionScope.process.allows(netOf(address)));
  if (granted === undefined) throw new PermissionError(netOf(first));
  return granted;
}

async function looked(
  name: string,
  { signal, timeout }: { signal: AbortSignal; timeout: number },
): Promise<HostAddress[]> {
  // The system's look-up needs the name without a port, and says so only in node's words.
  PermissionScope.process.require({ name: "net", host: name });
  return await abortable<HostAddress[]>((resolve, reject) => {
    lookup(name).then(resolve, reject);
    return () => {};
  }, { signal, timeout });
}
