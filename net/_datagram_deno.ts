/**
 * Datagrams by `Deno.listenDatagram`, which is there only with `--unstable-net`: the fastest engine
 * without FFI, and the one with the fewest features.
 *
 * @module
 */
import type { HostAddress } from "../protocol/host_address.ts";
import {
  AddressReader,
  type DatagramEngine,
  type DatagramObserver,
  type DatagramPlace,
  type GroupInterface,
  hostnameOf,
  lacking,
} from "./_datagram.ts";
import type { NetworkDatagram } from "./network_datagram.ts";
import type { SocketOption } from "./_socket_options.ts";

/** No datagram is longer. */
const LONGEST = 65_535;

/** What both kinds of membership can do. */
type Handle = Deno.MulticastV6Membership & Partial<Pick<Deno.MulticastV4Membership, "setTTL">>;

/** A group that is joined, or will be in a moment. */
interface Membership {
  readonly joined: Promise<Handle>;
  handle: Handle | null;
}

/** Deno's types leave out what its sockets have. */
type DatagramConn = Deno.DatagramConn & { ref(): void; unref(): void };

/** Binds at once; throws what Deno throws. */
export function openByDeno(place: DatagramPlace, observer: DatagramObserver): DatagramEngine {
  const { address, port, reuseAddress } = place;
  if (Deno.listenDatagram === undefined) {
    throw lacking(
      `bind to port ${port} by Deno.listenDatagram`,
      '--unstable-net or engine: "node"',
    );
  }
  const hostname = hostnameOf(address);
  const options = { transport: "udp", hostname, port, reuseAddress } as const;
  return new DenoEngine(Deno.listenDatagram(options) as DatagramConn, { place, observer });
}

class DenoEngine implements DatagramEngine {
  readonly name = "deno";
  readonly localAddress: HostAddress;
  readonly localPort: number;
  readonly #socket: DatagramConn;
  readonly #observer: DatagramObserver;
  readonly #addresses: AddressReader;
  readonly #memberships = new Map<string, Membership>();
  readonly #sent: (size: number) => void;
  readonly #failed: (error: unknown) => void;
  /** Of the one datagram that is on its way. */
  #size = 0;
  #target: HostAddress | null = null;
  #to: Deno.NetAddr = { transport: "udp", hostname: "", port: 0 };
  #wake: (() => void) | null = null;
  #isReceiving = false;
  #isClosed = false;

  constructor(
    socket: DatagramConn,
    { place, observer }: { place: DatagramPlace; observer: DatagramObserver },
  ) {
    const { address } = place;
    this.#socket = socket;
    this.#observer = observer;
    this.#addresses = new AddressReader(address);
    this.#sent = (size) => observer.sent(size);
    this.#failed = (error) => observer.sendFailed(error, this.#size);
    this.localAddress = address;
    this.localPort = (socket.addr as Deno.NetAddr).port;
  }

  resume(): void {
    if (this.#isReceiving) return this.#wake?.();
    this.#isReceiving = true;
    this.#receive();
  }

  send({ data, destinationAddress, destinationPort }: NetworkDatagram): void {
    if (destinationAddress !== this.#target || destinationPort !== this.#to.port) {
      const hostname = `${destinationAddress}`;
      this.#to = { transport: "udp", hostname, port: destinationPort };
      this.#target = destinationAddress;
    }
    this.#size = data.length;
    this.#socket.send(data, this.#to).then(this.#sent, this.#failed);
  }

  joinGroup(group: HostAddress, on: GroupInterface): void {
    const key = `${group} ${on.name}`;
    const joined: Promise<Handle> = group.protocol === "ipv4"
      ? this.#socket.joinMulticastV4(`${group}`, `${on.address}`)
      : this.#socket.joinMulticastV6(`${group}`, on.index);
    const membership: Membership = { joined, handle: null };
    this.#memberships.set(key, membership);
    joined.then((handle) => membership.handle = handle, (error) => {
      this.#memberships.delete(key);
      this.#observer.failed(error, `join ${group}`);
    });
  }

  leaveGroup(group: HostAddress, on: GroupInterface): void {
    const key = `${group} ${on.name}`;
    const membership = this.#memberships.get(key);
    if (membership === undefined) return;
    this.#memberships.delete(key);
    this.#act(membership, { doing: `leave ${group}`, act: (handle) => handle.leave() });
  }

  /** What concerns groups, Deno can set once one is joined. */
  setOption(option: SocketOption, value: number | boolean): boolean {
    const [membership] = this.#memberships.values();
    const isTtl = option === "multicastTtl";
    if (membership === undefined || !(isTtl || option === "multicastLoopback")) return false;
    this.#act(membership, {
      doing: `set ${option}`,
      act: async (handle) => {
        if (!isTtl) return await handle.setLoopback(Boolean(value));
        if (handle.setTTL === undefined) throw lacking(`set ${option} for IPv6`, 'engine: "node"');
        await handle.setTTL(Number(value));
      },
    });
    return true;
  }

  option(): null {
    return null;
  }

  close(): void {
    this.#isClosed = true;
    this.#wake?.();
    this.#socket.close();
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }

  /** Does it at once, if the group is joined by now. */
  async #act(
    { handle, joined }: Membership,
    { doing, act }: { doing: string; act: (handle: Handle) => Promise<void> },
  ): Promise<void> {
    try {
      await act(handle ?? await joined);
    } catch (error) {
      if (!this.#isClosed) this.#observer.failed(error, doing);
    }
  }

  async #receive(): Promise<void> {
    const buffer = new Uint8Array(LONGEST);
    const socket = this.#socket;
    while (!this.#isClosed) {
      try {
        const [bytes, from] = await socket.receive(buffer);
        if (this.#isClosed) return;
        const { hostname, port } = from as Deno.NetAddr;
        const address = this.#addresses.read(hostname);
        const isWelcome = this.#observer.received({ data: bytes.slice(), address, port });
        if (!isWelcome) await new Promise<void>((resolve) => this.#wake = resolve);
      } catch (error) {
        if (this.#isClosed) return;
        // A peer that is not there is heard of here on some systems; it ends nothing.
        if (!(error instanceof Deno.errors.ConnectionReset)) return this.#observer.ended(error);
        this.#observer.failed(error, "receive");
      }
    }
  }
}
