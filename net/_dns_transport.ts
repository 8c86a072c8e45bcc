/**
 * How a query reaches a name server: as a datagram, or over a stream.
 *
 * Each datagram leaves from a socket of its own, whose port the system draws at random; what comes
 * from anywhere but the server asked is not looked at (RFC 5452 §9, decided for against forgers).
 */
import { dial } from "../core/_dial.ts";
import { abortable } from "../core/_wait.ts";
import { hostAndPort, PermissionScope } from "../core/permission.ts";
import type { Transport } from "../core/transport.ts";
import { ByteReader } from "../protocol/byte_reader.ts";
import { dnsOverStream } from "../protocol/dns.ts";
import { advance } from "../protocol/exchange.ts";
import { HostAddress } from "../protocol/host_address.ts";
import type { NameServer } from "./_name_servers.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** What bounds an exchange. */
export interface ExchangeOptions {
  /** Milliseconds to wait for the reply; a "TimeoutError" then. */
  readonly timeout: number;
  /** Ends the exchange; its reason is thrown. */
  readonly signal: AbortSignal;
}

/**
 * The local address to send datagrams to a server from, or `null` where none may be bound: binding
 * needs a net permission of its own. It is the process that binds, not who holds a scope.
 */
export function datagramSource({ address }: NameServer): string | null {
  const v6 = address.protocol === "ipv6";
  const any = v6 ? "::" : "0.0.0.0";
  const loopback = v6 ? "::1" : "127.0.0.1";
  const sources = address.isLoopback ? [loopback, any] : [any];
  const mayBind = (host: string) =>
    PermissionScope.process.allows({ name: "net", host: hostAndPort(host, 0) });
  return sources.find(mayBind) ?? null;
}

/**
 * Sends a query as one datagram.
 *
 * @param read Reads each datagram from the server: `null` to wait for another one; what it throws
 * rejects. The sockets's permissions have been asked for.
 */
export function overDatagram<T>(
  query: Bytes,
  { server, source, read, ...options }: ExchangeOptions & {
    server: NameServer;
    source: string;
    read: (datagram: Bytes) => T | null;
  },
): Promise<T> {
  const { address, port } = server;
  const family = address.protocol === "ipv6" ? 6 : 4;
  return abortable<T>((resolve, reject) => {
    const socket = process.getBuiltinModule("node:dgram").createSocket({
      type: `udp${family}` as const,
      // Only addresses come here; node would take a turn of the event loop for each.
      lookup: (host, _options, found) => found(null, host, family),
    });
    socket.on("error", reject);
    socket.on("message", (datagram, sender) => {
      if (sender.port !== port || !address.equals(new HostAddress(sender.address), [])) return;
      try {
        const value = read(new Uint8Array(datagram));
        if (value !== null) resolve(value);
      } catch (error) {
        reject(error);
      }
    });
    socket.bind(0, source);
    socket.send(query, port, `${address}`, (error) => error && reject(error));
    return () => socket.close();
  }, options);
}

/** Sends a query over a connection made for it. */
export function overStream(
  query: Bytes,
  { server, scope, ...options }: ExchangeOptions & { server: NameServer; scope: PermissionScope },
): Promise<Bytes> {
  return abortable<Bytes>((resolve, reject) => {
    const over = new AbortController();
    connect(server, { scope, signal: over.signal })
      .then((transport) => converse(transport, query)).then(resolve, reject);
    return () => over.abort();
  }, options);
}

/** Connects; the connection ends with the signal, and a read under way with it. */
async function connect(
  { address, port }: NameServer,
  { scope, signal }: { scope: PermissionScope; signal: AbortSignal },
): Promise<Transport> {
  const { transport } = await dial({ hostname: address, port }, { scope, signal });
  signal.addEventListener("abort", () => transport.close());
  if (signal.aborted) transport.close();
  return transport;
}

async function converse(transport: Transport, query: Bytes): Promise<Bytes> {
  const reader = new ByteReader();
  const dialogue = dnsOverStream(reader, query);
  for (;;) {
    const step = advance(dialogue);
    if (step.done) return step.value;
    for (const bytes of step.send) {
      for (let at = 0; at < bytes.length;) at += await transport.write(bytes.subarray(at));
    }
    const buffer = new Uint8Array(4096);
    const size = await transport.read(buffer);
    if (size === null) reader.end();
    else reader.feed(buffer.subarray(0, size));
  }
}
