/**
 * The one way from a host and a port to a connection: the place where proxies join.
 *
 * @module
 */
import type { Dialled, DialOptions, TcpTarget } from "../core/_dial.ts";
import type { Transport } from "../core/transport.ts";
import { HostAddress } from "../protocol/host_address.ts";

/** Opens a connection. What that takes is loaded with the first one: servers never need it. */
export async function connectTo(target: TcpTarget, options: DialOptions): Promise<Dialled> {
  const { dial } = await import("../core/_dial.ts");
  return await dial(target, options);
}

/** What is known of a connection that exists already. */
export function connectionOf(transport: Transport): Dialled {
  const { localAddr, remoteAddr } = transport as Partial<Deno.TcpConn>;
  return {
    transport,
    localAddress: addressOf(localAddr),
    localPort: localAddr?.port ?? 0,
    peerAddress: addressOf(remoteAddr),
    peerPort: remoteAddr?.port ?? 0,
  };
}

function addressOf(end: Deno.NetAddr | undefined): HostAddress {
  return (end && HostAddress.parse(end.hostname)) ?? HostAddress.null;
}

/** The port, if it is one. */
export function checkedPort(port: number): number {
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new RangeError(`Cannot use port ${port}: expected an integer from 0 to 65535`);
}
