/**
 * The two ways to connect to an address: `Deno.connect`, and node:net for what only that can do.
 */
import { HostAddress } from "../protocol/host_address.ts";
import type { Dialled, SocketNeeds } from "./_dial.ts";
import { hostAndPort, PermissionScope } from "./permission.ts";
import type { Transport } from "./transport.ts";

/** Where an engine connects to: mostly an address; a name only where the grant says no more. */
export interface Place {
  readonly hostname: string;
  readonly port: number;
}

/** Connects to one place; rejects when the signal aborts. */
export type Engine = (place: Place, signal?: AbortSignal) => Promise<Dialled>;

/** Whether `Deno.connect` cannot give what is asked for. */
export function needsNode(needs: SocketNeeds): boolean {
  return needs.localAddress !== undefined || needs.localPort !== undefined ||
    needs.keepAliveIdle !== undefined || needs.resettable === true;
}

/** `Deno.connect`. */
export const connectByDeno: Engine = async ({ hostname, port }, signal) => {
  const connection = await Deno.connect(signal ? { hostname, port, signal } : { hostname, port });
  const { localAddr, remoteAddr } = connection;
  return {
    transport: connection,
    localAddress: new HostAddress(localAddr.hostname),
    localPort: localAddr.port,
    peerAddress: new HostAddress(remoteAddr.hostname),
    peerPort: remoteAddr.port,
  };
};

/** `connect` of node:net, which has to be given an address. */
export function connectByNode(needs: SocketNeeds): Engine {
  return async ({ hostname, port }, signal) => {
    const { NodeTransport } = await import("./_node_transport.ts");
    const socket = process.getBuiltinModule("node:net").connect({
      host: hostname,
      port,
      allowHalfOpen: true,
      ...bindOptions(needs, hostname),
      ...(needs.keepAliveIdle === undefined
        ? {}
        : { keepAlive: true, keepAliveInitialDelay: needs.keepAliveIdle }),
    });
    const transport = await new Promise<Transport>((resolve, reject) => {
      const end = (settle: () => void) => {
        signal?.removeEventListener("abort", abort);
        socket.off("connect", connected).off("error", failed);
        settle();
      };
      // At once: what happens to the socket from here on is for the transport to hear.
      const connected = () => end(() => resolve(new NodeTransport(socket)));
      const failed = (error: Error) => end(() => reject(error));
      const abort = () => end(() => (socket.destroy(), reject(signal!.reason)));
      socket.on("connect", connected).on("error", failed);
      signal?.addEventListener("abort", abort);
      if (signal?.aborted) abort();
    });
    return {
      transport,
      localAddress: new HostAddress(socket.localAddress),
      localPort: socket.localPort!,
      peerAddress: new HostAddress(socket.remoteAddress),
      peerPort: socket.remotePort!,
    };
  };
}

/**
 * Where to connect from. Checked here, since node throws a denial where nobody can catch it. It is
 * the process that binds: a scope is about whom one may reach.
 */
function bindOptions(needs: SocketNeeds, hostname: string) {
  const { localAddress, localPort = 0 } = needs;
  if (localAddress === undefined && needs.localPort === undefined) return {};
  const from = `${localAddress ?? (hostname.includes(":") ? "::" : "0.0.0.0")}`;
  PermissionScope.process.require({ name: "net", host: hostAndPort(from, localPort) });
  return { localAddress: from, localPort };
}
