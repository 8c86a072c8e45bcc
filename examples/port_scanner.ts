/**
 * Says which TCP ports of a host are open.
 *
 * ```text
 * deno run --allow-net=127.0.0.1 examples/port_scanner.ts 127.0.0.1 1-1024
 * deno run --allow-net=example.com examples/port_scanner.ts example.com 22,80,443
 * ```
 *
 * A scope lets the scanner connect to that host's ports and nothing else, however much the process
 * was granted: it can be handed to code that one does not trust with the whole network.
 *
 * Needs `--allow-net` for the host.
 */
import { PermissionScope } from "@quayside/quayside/core";
import { TcpSocket } from "@quayside/quayside/net";

/** Attempts at the same time: each has a descriptor. */
const AT_ONCE = 64;
/** Milliseconds after which a port that says nothing is taken for filtered. */
const TIMEOUT = 1_000;

/** The numbers in "22,80,8000-8010". */
export function portsOf(text: string): number[] {
  return text.split(",").flatMap((part) => {
    const [first, last = first] = part.split("-").map(Number) as [number, number?];
    const isRange = Number.isInteger(first) && Number.isInteger(last) && 0 < first! &&
      first! <= last! && last! <= 65_535;
    if (!isRange) throw new RangeError(`Cannot read ports "${part}": expected 1 to 65535`);
    return Array.from({ length: last! - first! + 1 }, (_, i) => first! + i);
  });
}

/** Gives the open ones among some ports, as they are found. */
export async function* openPorts(
  hostname: string,
  { ports, scope }: { ports: readonly number[]; scope: PermissionScope },
): AsyncGenerator<number> {
  const left = [...ports].reverse();
  const running = new Map<number, Promise<{ port: number; isOpen: boolean }>>();
  while (left.length > 0 || running.size > 0) {
    while (left.length > 0 && running.size < AT_ONCE) {
      const port = left.pop()!;
      running.set(port, isOpen(hostname, { port, scope }));
    }
    const { port, isOpen: found } = await Promise.race(running.values());
    running.delete(port);
    if (found) yield port;
  }
}

async function isOpen(
  hostname: string,
  { port, scope }: { port: number; scope: PermissionScope },
): Promise<{ port: number; isOpen: boolean }> {
  await using socket = new TcpSocket({ scope });
  socket.connectToHost(hostname, port, { timeout: TIMEOUT });
  const isConnected = await socket.waitForConnected(-1);
  // Closed and filtered ports are what we look for; a denial is a mistake of who called us.
  if (socket.error === "socketAccess") throw new Error(socket.errorString);
  return { port, isOpen: isConnected };
}

if (import.meta.main) {
  const [hostname = "127.0.0.1", ports = "1-1024"] = Deno.args;
  const scope = new PermissionScope({ net: [hostname] });
  for await (const port of openPorts(hostname, { ports: portsOf(ports), scope })) {
    console.log(`${hostname}:${port} is open`);
  }
}
