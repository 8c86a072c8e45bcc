/**
 * Datagrams as values.
 *
 * @module
 */
import { HostAddress } from "../protocol/host_address.ts";

/** What a {@linkcode NetworkDatagram} holds besides its bytes and its destination. */
export interface NetworkDatagramOptions {
  /** Where it comes from; to be sent, the local address to send from. */
  senderAddress?: string | HostAddress;
  /** The port that it comes from. */
  senderPort?: number;
  /** How many routers it may cross: 1 to 255, or -1 for what the system thinks best. */
  hopLimit?: number;
  /** The number of the interface that it came by or shall leave by; 0 leaves it open. */
  interfaceIndex?: number;
}

/** What {@linkcode NetworkDatagram.with} changes. */
export interface NetworkDatagramChanges extends NetworkDatagramOptions {
  /** The bytes. */
  data?: Uint8Array<ArrayBuffer> | string;
  /** Where it goes to. */
  destinationAddress?: string | HostAddress;
  /** The port that it goes to. */
  destinationPort?: number;
}

const encoder = new TextEncoder();

/**
 * A datagram with all that is known of its way: an immutable value (QNetworkDatagram).
 *
 * What is not known is the null address, port -1, hop limit -1, interface 0. Which engine of a
 * socket tells what of a datagram that it received is a table in docs/udp.md.
 *
 * @example
 * ```ts
 * import { NetworkDatagram } from "@quayside/quayside/net";
 * import { assertEquals } from "@std/assert";
 *
 * const request = new NetworkDatagram("ping", "192.0.2.1", 7000).with({
 *   senderAddress: "192.0.2.99",
 *   senderPort: 40_000,
 * });
 * const reply = request.makeReply("pong");
 * assertEquals(`${reply.destinationAddress}:${reply.destinationPort}`, "192.0.2.99:40000");
 * ```
 */
export class NetworkDatagram {
  /** The bytes: those that it was made of, not a copy. */
  readonly data: Uint8Array<ArrayBuffer>;
  /** Where it goes to, or went to: for what was received an address of this machine, or a group. */
  readonly destinationAddress: HostAddress;
  /** The port that it goes to, or -1. */
  readonly destinationPort: number;
  /** Where it comes from. */
  readonly senderAddress: HostAddress;
  /** The port that it comes from, or -1. */
  readonly senderPort: number;
  /** How many routers it may cross; of what was received, how many were left; -1: not known. */
  readonly hopLimit: number;
  /** The number of the interface that it came by or shall leave by, or 0. */
  readonly interfaceIndex: number;

  /**
   * Makes a datagram.
   *
   * @param data Bytes, which are kept and not copied, or text that becomes UTF-8; may be empty.
   * @param address Where it goes to; left out where the socket is connected.
   * @param port The port that it goes to.
   * @param options `senderAddress`, `senderPort`, `hopLimit`, `interfaceIndex`.
   * @throws {TypeError} A text is no address.
   * @throws {RangeError} A port, the hop limit or the interface's number is none.
   */
  // deno-lint-ignore quayside/positional-parameters -- QNetworkDatagram's own has three plain values
  constructor(
    data: Uint8Array<ArrayBuffer> | string = "",
    address: string | HostAddress = HostAddress.null,
    port: number = -1,
    options: NetworkDatagramOptions = {},
  ) {
    const { senderAddress = HostAddress.null, senderPort = -1 } = options;
    const { hopLimit = -1, interfaceIndex = 0 } = options;
    this.data = bytesOf(data);
    this.destinationAddress = addressOf(address);
    this.destinationPort = checked("port", port, 65_535);
    this.senderAddress = addressOf(senderAddress);
    this.senderPort = checked("port", senderPort, 65_535);
    this.hopLimit = checked("hop limit", hopLimit, 255);
    this.interfaceIndex = checked("interface", interfaceIndex, 2 ** 31 - 1);
  }

  /** Whether it has a sender or a destination; its bytes play no part. */
  get isValid(): boolean {
    return !this.isNull;
  }

  /** Whether it has neither a sender nor a destination. */
  get isNull(): boolean {
    return this.senderAddress.isNull && this.destinationAddress.isNull;
  }

  /**
   * A datagram that goes back to the sender, by the interface that this one came by.
   *
   * The address that this one was sent to becomes the new one's sender only if it is a global IPv6
   * address, as in Qt: of all others the system chooses better. The hop limit is the default again.
   *
   * @param data The bytes, as for the constructor.
   */
  makeReply(data: Uint8Array<ArrayBuffer> | string): NetworkDatagram {
    const { destinationAddress: to, destinationPort, interfaceIndex } = this;
    const keepsSender = to.protocol === "ipv6" && to.isGlobal;
    const way = keepsSender
      ? { interfaceIndex, senderAddress: to, senderPort: destinationPort }
      : { interfaceIndex };
    return new NetworkDatagram(data, this.senderAddress, this.senderPort, way);
  }

  /**
   * A changed copy: what Qt's setters do.
   *
   * @param changes What is other than here.
   * @throws {TypeError} A text is no address.
   * @throws {RangeError} A port, the hop limit or the interface's number is none.
   */
  with(changes: NetworkDatagramChanges): NetworkDatagram {
    const { data, destinationAddress, destinationPort, ...rest } = { ...this, ...changes };
    return new NetworkDatagram(data, destinationAddress, destinationPort, rest);
  }
}

function bytesOf(data: Uint8Array<ArrayBuffer> | string): Uint8Array<ArrayBuffer> {
  if (typeof data === "string") return encoder.encode(data);
  // Not a look at its `buffer`: V8 would have to move a small array out of its heap for that.
  if (data instanceof Uint8Array) return data;
  throw new TypeError(`Cannot make a datagram of ${typeof data}: no Uint8Array and no string`);
}

function addressOf(address: string | HostAddress): HostAddress {
  return typeof address === "string" ? new HostAddress(address) : address;
}

/** `value`, if it is an integer from -1 (not known) to `most`. */
function checked(what: string, value: number, most: number): number {
  if (Number.isInteger(value) && value >= -1 && value <= most) return value;
  throw new RangeError(`Cannot use ${what} ${value}: expected an integer from -1 to ${most}`);
}
