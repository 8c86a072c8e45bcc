/** Unix sockets: the three permissions they need, and a full accept queue. */
import { HostAddress } from "../protocol/host_address.ts";
import type { Dialled } from "./_dial.ts";
import { abortable } from "./_wait.ts";
import type { PermissionScope } from "./permission.ts";
import { requiredPermissions } from "./required_permissions.ts";
import type { Transport } from "./transport.ts";

/** Connects to the Unix socket at a path, or fails at once with EAGAIN while its queue is full. */
export type UnixEngine = (path: string, signal?: AbortSignal) => Promise<Transport>;

/** Connects to a Unix socket; tries again while the server's accept queue is full. */
export async function dialUnix(
  path: string,
  options: { scope: PermissionScope; signal: AbortSignal | undefined; unixEngine?: UnixEngine },
): Promise<Dialled> {
  const { scope, signal, unixEngine = connectByDeno } = options;
  const absolute = path.startsWith("\0")
    ? path
    : process.getBuiltinModule("node:path").resolve(path);
  for (const need of requiredPermissions({ unix: absolute })) scope.require(need);
  // The system refuses at once where a TCP client would wait for a place in the queue.
  for (let pause = 1;; pause = Math.min(2 * pause, 50)) {
    try {
      const transport = await unixEngine(path, signal);
      const [address, port] = [HostAddress.null, 0];
      return {
        transport,
        localAddress: address,
        localPort: port,
        peerAddress: address,
        peerPort: port,
      };
    } catch (error) {
      if ((error as { code?: unknown }).code !== "EAGAIN") throw error;
      await sleep(pause, signal);
    }
  }
}

function connectByDeno(path: string, signal?: AbortSignal): Promise<Transport> {
  return Deno.connect({ transport: "unix", path, ...(signal && { signal }) });
}

function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return abortable<void>((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    return () => clearTimeout(timer);
  }, signal ? { signal } : {});
}
