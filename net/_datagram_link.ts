/**
 * A bound socket with what belongs to it: the engine, the unread datagrams, those on their way out,
 * the peer, the groups. To the device that it serves it is a transport through which no bytes flow:
 * reading it starts the engine, and ends only when nothing can be received any more.
 *
 * @module
 */
import { socketErrorFrom } from "../core/_error_border.ts";
import { SocketError } from "../core/error.ts";
import type { Transport } from "../core/transport.ts";
import { HostAddress } from "../protocol/host_address.ts";
import {
  type DatagramEngine,
  type DatagramObserver,
  type DatagramPeer,
  type DatagramPlace,
  type GroupInterface,
  lacking,
  type ReceivedDatagram,
} from "./_datagram.ts";
import { openDatagram } from "./_datagram_open.ts";
import { checkFamily, DatagramGrants, groupInterfaceOf } from "./_datagram_options.ts";
import { NetworkDatagram } from "./network_datagram.ts";
import type { NetworkInterface } from "./network_interface.ts";
import type { SocketOption } from "./_socket_options.ts";

/** Bytes on their way to the system beyond which no more are taken. */
const MAX_UNSENT = 1024 * 1024;
/** What a datagram counts there beside its bytes. */
const OVERHEAD = 256;
/** Bytes of a datagram that is copied without making an array for it. */
const ROOM = 2_048;
/** What a datagram can carry: 65 535 bytes without the headers (RFC 768; IPv6 counts UDP's only). */
const LONGEST = { ipv4: 65_507, ipv6: 65_527 } as const;

/** Whose socket it is. */
export interface DatagramOwner {
  /** Takes a datagram that has arrived; false when the next has no room. */
  received(datagram: NetworkDatagram): boolean;
  /** Whether there is room for another datagram. */
  hasRoom(): boolean;
  /** Who waits may look again. */
  changed(): void;
  /** The system took a datagram of so many bytes. */
  sent(size: number): void;
  /** Something failed that the socket survives. */
  failed(error: SocketError): void;
}

/** A bound socket. */
export class DatagramLink implements Transport, DatagramObserver {
  readonly engine: DatagramEngine;
  /** Settles when the engine is closed. */
  readonly closed: Promise<void>;
  /** The only sender that is listened to, once connected. */
  peer: DatagramPeer | null = null;
  /** Bytes that the system has not taken yet. */
  unsent = 0;
  /** Datagrams that the system has not taken yet: some may be empty. */
  sending = 0;
  /** Datagrams that the system has taken, ever. */
  written = 0;
  /** Up to which of them somebody has waited. */
  seen = 0;
  readonly #owner: DatagramOwner;
  readonly #grants: DatagramGrants;
  readonly #groups = new Set<string>();
  readonly #destination: HostAddress;
  readonly #end: PromiseWithResolvers<null> = Promise.withResolvers();
  readonly #closed: PromiseWithResolvers<void> = Promise.withResolvers();
  /** What waits for the one before to be sent. */
  readonly #queue: NetworkDatagram[] = [];
  #isBusy = false;
  #room: Uint8Array<ArrayBuffer> | null = null;
  #isFull = false;
  #state: "open" | "closing" | "closed" = "open";

  /** Binds; throws what the system says. */
  constructor(place: DatagramPlace, owner: DatagramOwner) {
    this.#owner = owner;
    this.closed = this.#closed.promise;
    this.#grants = new DatagramGrants(place.scope);
    this.engine = openDatagram(place, this);
    const { localAddress } = this.engine;
    // What reaches a socket with one address was sent to that address.
    this.#destination = HostAddress.any.equals(localAddress) ? HostAddress.null : localAddress;
    for (const [option, value] of place.options) this.setOption(option, value);
    if (place.multicastInterface) this.setMulticastInterface(place.multicastInterface);
  }

  /** From now on this is the only sender, and where everything goes that says nothing else. */
  connect(peer: DatagramPeer): void {
    this.engine.connect?.(peer);
    this.peer = peer;
  }

  /** A copy of bytes that are sent next: in room of ours, unless a datagram is on its way there. */
  copy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    if (this.#isBusy || bytes.length > ROOM) return new Uint8Array(bytes);
    const room = this.#room ??= new Uint8Array(ROOM);
    room.set(bytes);
    return room.subarray(0, bytes.length);
  }

  /** Begins to send; throws what can be said at once. */
  send(datagram: NetworkDatagram): void {
    const { data: { length }, destinationAddress: address, destinationPort: port } = datagram;
    const longest = LONGEST[address.protocol === "ipv6" ? "ipv6" : "ipv4"];
    if (address !== this.peer?.address) this.#grants.require(address, port);
    if (length > longest) {
      throw failure("datagramTooLarge", `${length} bytes are more than the ${longest} that fit`);
    }
    if (this.unsent + this.sending * OVERHEAD > MAX_UNSENT) {
      throw failure("temporary", `${this.unsent} bytes wait for the system to take them`);
    }
    this.sending++;
    this.unsent += length;
    if (this.#isBusy) this.#queue.push(datagram);
    else this.#transmit(datagram);
  }

  /** Lets the engine go on if there is room again. */
  madeRoom(): void {
    if (!this.#isFull || !this.#owner.hasRoom() || this.#state !== "open") return;
    this.#isFull = false;
    this.engine.resume();
  }

  /** Sets an option of the system's socket; what goes wrong is reported. */
  setOption(option: SocketOption, value: number | boolean): void {
    this.#attempt(`set ${option} of the socket`, () => {
      if (this.engine.setOption(option, value)) return;
      const instead = option === "typeOfService" ? 'engine: "ffi"' : 'engine: "node"';
      throw lacking(`set ${option} of the socket`, instead);
    });
  }

  /** Chooses where what is sent to groups leaves by; what goes wrong is reported. */
  setMulticastInterface(networkInterface: NetworkInterface | null): void {
    const { engine } = this;
    const doing = "set the multicast interface of the socket";
    this.#attempt(doing, () => {
      if (!engine.setMulticastInterface) throw lacking(doing, 'engine: "node"');
      engine.setMulticastInterface(groupInterfaceOf(engine.localAddress, networkInterface));
    });
  }

  /** Joins or leaves a group; what goes wrong is reported. */
  changeGroup(
    verb: "join" | "leave",
    { group, networkInterface }: {
      group: HostAddress;
      networkInterface: NetworkInterface | undefined;
    },
  ): boolean {
    return this.#attempt(`${verb} the group ${group}`, () => {
      checkFamily(group, this.engine.localAddress);
      const on = groupInterfaceOf(group, networkInterface);
      if (verb === "join") this.#join(group, on);
      else this.#leave(group, on);
    });
  }

  received(datagram: ReceivedDatagram): boolean {
    const { address, hopLimit = -1, interfaceIndex = 0, port } = datagram;
    const { peer } = this;
    if (this.#state !== "open") return false;
    if (peer !== null && !(port === peer.port && address.equals(peer.address, []))) return true;
    // Node cannot be stopped: what finds no room is lost, as it is when the system's buffer is full.
    if (this.#isFull) return false;
    const to = datagram.destination ?? this.#destination;
    const way = { senderAddress: address, senderPort: port, hopLimit, interfaceIndex };
    const toPort = to.isNull ? -1 : this.engine.localPort;
    const isWelcome = this.#owner.received(new NetworkDatagram(datagram.data, to, toPort, way));
    this.#isFull = !isWelcome;
    return isWelcome;
  }

  sent(size: number): void {
    this.written++;
    this.#settled(size);
    this.#owner.sent(size);
    this.#transmitNext();
  }

  sendFailed(error: unknown, size: number): void {
    this.#settled(size);
    if (this.#state !== "closed") this.failed(error, "send a datagram");
    this.#transmitNext();
  }

  failed(error: unknown, doing: string): void {
    this.#owner.failed(socketErrorFrom(error, doing));
  }

  ended(error: unknown): void {
    this.#end.reject(error);
  }

  /** Begins to receive; settles only when nothing can be received any more. */
  read(): Promise<null> {
    this.engine.resume();
    return this.#end.promise;
  }

  /** Never called: datagrams do not go through the device's queue. */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
    return Promise.resolve(bytes.length);
  }

  /** Closes once the system has taken what was sent: node would forget it. */
  close(): void {
    if (this.#state !== "open") return;
    this.#state = "closing";
    if (this.sending === 0) this.abort();
  }

  abort(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#end.resolve(null);
    this.#closed.resolve(this.engine.close());
  }

  ref(): void {
    this.engine.ref();
  }

  unref(): void {
    this.engine.unref();
  }

  #join(group: HostAddress, on: GroupInterface): void {
    const key = `${group} ${on.name}`;
    if (this.#groups.has(key)) {
      throw new SocketError("operation", `Cannot join ${group}: it is joined there already`);
    }
    this.engine.joinGroup(group, on);
    this.#groups.add(key);
  }

  #leave(group: HostAddress, on: GroupInterface): void {
    if (!this.#groups.delete(`${group} ${on.name}`)) {
      throw new SocketError("operation", `Cannot leave ${group}: it is not joined there`);
    }
    this.engine.leaveGroup(group, on);
  }

  #attempt(doing: string, act: () => void): boolean {
    try {
      act();
      return true;
    } catch (error) {
      this.failed(error, doing);
      return false;
    }
  }

  #transmit(datagram: NetworkDatagram): void {
    this.#isBusy = true;
    try {
      this.engine.send(datagram);
    } catch (error) {
      this.#settled(datagram.data.length);
      throw error;
    }
  }

  /** Goes on after one was sent. A slot may have sent another meanwhile, or closed the socket. */
  #transmitNext(): void {
    if (this.#isBusy || this.#state === "closed") return;
    const next = this.#queue.shift();
    if (next === undefined) return;
    try {
      this.#transmit(next);
    } catch (error) {
      this.failed(error, "send a datagram");
      this.#transmitNext();
    }
  }

  #settled(size: number): void {
    this.#isBusy = false;
    this.sending--;
    this.unsent -= size;
    this.#owner.changed();
    if (this.#state === "closing" && this.sending === 0) this.abort();
  }
}

function failure(code: "datagramTooLarge" | "temporary", so: string): SocketError {
  return new SocketError(code, `Cannot send a datagram: ${so}`);
}
