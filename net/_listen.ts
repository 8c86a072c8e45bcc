/**
 * Where a server listens: by Deno, which is at once, or by node.
 *
 * @module
 */
import { hostAndPort, PermissionScope } from "../core/permission.ts";
import { HostAddress } from "../protocol/host_address.ts";
import { checkedPort } from "./_connect.ts";
import type { Listener } from "./_node_listener.ts";

/** Connections that the system keeps, as in Qt. */
const BACKLOG = 50;

/** What is listened on. */
export interface ListenPlace {
  address?: string | HostAddress;
  port?: number;
  backlog?: number;
  reusePort?: boolean;
  scope?: PermissionScope;
}

/** What a sentence says of listening on `place`; a RangeError if its port is none. */
export function listening(place: ListenPlace): string {
  return `listen on ${hostAndPort(hostnameOf(place), checkedPort(place.port ?? 0))}`;
}

/** Listens at once; throws what Deno throws. */
export function listenByDeno(place: ListenPlace): Listener {
  // Asked for this without --unstable-net, Deno ends the process.
  if (place.reusePort) throw new Deno.errors.NotSupported("reusePort");
  try {
    return Deno.listen(permitted(place));
  } catch (error) {
    if (!lacksIPv6(place, error)) throw error;
    return Deno.listen(permitted(place, "0.0.0.0"));
  }
}

/** Listens with an option that Deno has not. */
export async function listenByNode(place: ListenPlace): Promise<Listener> {
  const { listen } = await import("./_node_listener.ts");
  const { reusePort = false } = place;
  try {
    return await listen({ ...permitted(place), reusePort });
  } catch (error) {
    if (!lacksIPv6(place, error)) throw error;
    return await listen({ ...permitted(place, "0.0.0.0"), reusePort });
  }
}

/** The options, once the scope and the process have been asked. */
function permitted(place: ListenPlace, hostname: string = hostnameOf(place)) {
  const { port = 0, scope = PermissionScope.process } = place;
  scope.require({ name: "net", host: hostAndPort(hostname, port) });
  return { hostname, port, tcpBacklog: place.backlog ?? BACKLOG };
}

/** The wildcard of IPv6 takes IPv4 as well. */
function hostnameOf({ address = HostAddress.any }: ListenPlace): string {
  return address === HostAddress.any ? "::" : `${address}`;
}

function lacksIPv6({ address = HostAddress.any }: ListenPlace, error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return address === HostAddress.any && (code === "EADDRNOTAVAIL" || code === "EAFNOSUPPORT");
}
