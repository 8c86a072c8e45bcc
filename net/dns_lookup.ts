/**
 * Looking up what the domain name system says about a name.
 *
 * @module
 */
import type { OpenOptions } from "../core/_wait.ts";
import type { PermissionScope } from "../core/permission.ts";
import { Signal } from "../core/signal.ts";
import type {
  DnsCertificationAuthorityRecord,
  DnsDomainNameRecord,
  DnsHostAddressRecord,
  DnsMailExchangeRecord,
  DnsRecord,
  DnsServiceBindingRecord,
  DnsServiceRecord,
  DnsStartOfAuthorityRecord,
  DnsTextRecord,
  DnsTlsAssociationRecord,
  DnsType,
} from "../protocol/dns_record.ts";
import { dnsTypes } from "../protocol/dns_types.ts";
import { HostAddress } from "../protocol/host_address.ts";
import type { DnsAnswer } from "./_dns_answer.ts";
import { DnsLookupError, type DnsLookupErrorCode } from "./dns_lookup_error.ts";

/** How a name server is talked to (QDnsLookup::Protocol). */
export type DnsLookupProtocol = "standard" | "dnsOverTls";

/** How to look something up. */
export interface DnsLookupOptions {
  /** The name server's address; the system's servers, in their order, by default. */
  nameserver?: string | HostAddress;
  /** The port of `nameserver`: 53 by default, 853 over TLS. */
  port?: number;
  /** "standard", which is UDP, and TCP where a reply does not fit; the default. */
  protocol?: DnsLookupProtocol;
  /** How often a server that is silent is asked; 2 by default. */
  attempts?: number;
  /** Milliseconds for each attempt; 5 000 by default. */
  attemptTimeout?: number;
  /** Milliseconds for the whole look-up; -1, the default, leaves it to the attempts. */
  timeout?: number;
  /** Narrows whom may be asked; whatever the process may by default. */
  scope?: PermissionScope;
}

type Outcome =
  | { readonly kind: "none" }
  | { readonly kind: "running"; readonly stop: AbortController }
  | { readonly kind: "answered" } & DnsAnswer
  | { readonly kind: "failed"; readonly error: DnsLookupError };

/**
 * One question to the domain name system, and what came of it (QDnsLookup).
 *
 * The system's servers are asked in turn, over UDP, and over TCP where a reply does not fit or the
 * process may not bind a UDP socket. The hosts file and the search list play no part: names are
 * whole. An answer without records ("there is such a name, but nothing of this kind") is no error.
 *
 * Needs the net permission for the server and its port, for example `--allow-net=192.0.2.1:53`; for
 * UDP also `--allow-net=0.0.0.0:0` (IPv6: `[::]:0`; to this machine `127.0.0.1:0` will do). To know
 * the system's servers it needs `--allow-sys=networkInterfaces` or `--allow-read=/etc/resolv.conf`;
 * without either `Deno.resolveDns` is asked, which knows no lifetimes and fewer types.
 *
 * @example
 * ```ts
 * import { DnsLookup } from "@quayside/quayside/net";
 * import { assertEquals } from "@std/assert";
 *
 * // A server that answers every query with 192.0.2.7, for ten minutes.
 * const { createSocket } = process.getBuiltinModule("node:dgram");
 * const server = createSocket("udp4").on("message", (query, { port, address }) => {
 *   const answer = [0xc0, 12, 0, 1, 0, 1, 0, 0, 2, 88, 0, 4, 192, 0, 2, 7];
 *   const question = query.subarray(12, query.length - 11);
 *   const header = [...query.subarray(0, 2), 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0];
 *   server.send(Uint8Array.of(...header, ...question, ...answer), port, address);
 * });
 * await new Promise<void>((bound) => server.bind(0, "127.0.0.1", bound));
 *
 * const { port } = server.address();
 * const options = { nameserver: "127.0.0.1", port };
 * const { hostAddressRecords: [record] } = await DnsLookup.resolve("A", "example.com", options);
 * assertEquals([`${record?.value}`, record?.timeToLive], ["192.0.2.7", 600]);
 * server.close();
 * ```
 */
export class DnsLookup implements Disposable {
  /** Emitted when the look-up has ended, well or not; never while {@linkcode lookup} runs. */
  readonly finished: Signal = new Signal();

  /** What is asked for. */
  readonly type: DnsType;
  /** The name, as it was given. */
  readonly name: string;
  /** The name server; null for the system's. */
  readonly nameserver: HostAddress | null;
  /** The name server's port. */
  readonly nameserverPort: number;
  /** How the name server is talked to. */
  readonly nameserverProtocol: DnsLookupProtocol;

  readonly #options: DnsLookupOptions & { attempts: number; attemptTimeout: number };
  #outcome: Outcome = { kind: "none" };

  /**
   * Makes a look-up; {@linkcode lookup} starts it.
   *
   * @param type What to ask for.
   * @param name The name; international ones in any form. For "PTR" also an address.
   * @param options Whom to ask, and how long.
   * @throws {TypeError} If the type or the protocol is unknown, or the name server no address.
   * @throws {RangeError} If the port is none, or there is to be no attempt, or no time for it.
   */
  constructor(type: DnsType, name: string, options: DnsLookupOptions = {}) {
    const { nameserver, protocol = "standard" } = options;
    const defaultPort = DnsLookup.defaultPortForProtocol(protocol);
    const { attempts = 2, attemptTimeout = 5000, port = defaultPort } = options;
    if (!Object.hasOwn(dnsTypes, type)) {
      throw new TypeError(`Cannot look up "${type}": no such type of record`);
    }
    if (!(Number.isInteger(port) && port > 0 && port <= 65535)) {
      throw new RangeError(`Cannot ask a name server on port ${port}: not from 1 to 65535`);
    }
    if (!(attempts >= 1 && attemptTimeout > 0)) {
      throw new RangeError(`Cannot ask ${attempts} times for ${attemptTimeout} ms: too little`);
    }
    this.type = type;
    this.name = name;
    this.nameserver = nameserver === undefined ? null : new HostAddress(`${nameserver}`);
    this.nameserverPort = port;
    this.nameserverProtocol = protocol;
    this.#options = { ...options, attempts, attemptTimeout };
  }

  /**
   * Looks something up.
   *
   * @param type What to ask for.
   * @param name The name; international ones in any form. For "PTR" also an address.
   * @param options Whom to ask, and how long; `signal` aborts.
   * @returns The look-up, finished, with its records.
   * @throws {DnsLookupError} If it fails.
   * @throws The signal's reason, if it aborts.
   */
  static async resolve(
    type: DnsType,
    name: string,
    options: DnsLookupOptions & OpenOptions = {},
  ): Promise<DnsLookup> {
    const { signal } = options;
    signal?.throwIfAborted();
    using lookup = new DnsLookup(type, name, options);
    lookup.lookup();
    await lookup.finished.next(signal ? { signal } : {});
    if (lookup.#outcome.kind === "failed") throw lookup.#outcome.error;
    return lookup;
  }

  /** Whether a protocol can be used. */
  static isProtocolSupported(protocol: DnsLookupProtocol): boolean {
    return protocol === "standard";
  }

  /**
   * The port on which servers listen for a protocol.
   *
   * @throws {TypeError} If there is no such protocol.
   */
  static defaultPortForProtocol(protocol: DnsLookupProtocol): number {
    if (protocol === "standard") return 53;
    if (protocol === "dnsOverTls") return 853;
    throw new TypeError(`Cannot ask a name server by "${protocol}": no such protocol`);
  }

  /** Whether the look-up has ended, well or not. */
  get isFinished(): boolean {
    return this.#outcome.kind === "answered" || this.#outcome.kind === "failed";
  }

  /** How the look-up failed; null while it has not. */
  get error(): DnsLookupErrorCode | null {
    return this.#outcome.kind === "failed" ? this.#outcome.error.code : null;
  }

  /** Why the look-up failed, as a sentence; "" while it has not. */
  get errorString(): string {
    return this.#outcome.kind === "failed" ? this.#outcome.error.message : "";
  }

  /** Whether the name server vouches for the answer by DNSSEC: as true as the way to it is safe. */
  get isAuthenticData(): boolean {
    return this.#outcome.kind === "answered" && this.#outcome.isSafe;
  }

  /** All records of the answer, those to be tried in an order in that order. */
  get records(): readonly DnsRecord[] {
    return this.#outcome.kind === "answered" ? this.#outcome.records : [];
  }

  /** Other names that the name asked for stands for. */
  get canonicalNameRecords(): readonly DnsDomainNameRecord[] {
    return this.#only<DnsDomainNameRecord>("CNAME");
  }

  /** IPv4 and IPv6 addresses. */
  get hostAddressRecords(): readonly DnsHostAddressRecord[] {
    return this.#only<DnsHostAddressRecord>("A", "AAAA");
  }

  /** Mail servers by preference, equals in random order. */
  get mailExchangeRecords(): readonly DnsMailExchangeRecord[] {
    return this.#only<DnsMailExchangeRecord>("MX");
  }

  /** Name servers of a zone. */
  get nameServerRecords(): readonly DnsDomainNameRecord[] {
    return this.#only<DnsDomainNameRecord>("NS");
  }

  /** Names of an address. */
  get pointerRecords(): readonly DnsDomainNameRecord[] {
    return this.#only<DnsDomainNameRecord>("PTR");
  }

  /** Services by priority, equals drawn by their weights (RFC 2782). */
  get serviceRecords(): readonly DnsServiceRecord[] {
    return this.#only<DnsServiceRecord>("SRV");
  }

  /** Texts. */
  get textRecords(): readonly DnsTextRecord[] {
    return this.#only<DnsTextRecord>("TXT");
  }

  /** Certificates that a service is known by. */
  get tlsAssociationRecords(): readonly DnsTlsAssociationRecord[] {
    return this.#only<DnsTlsAssociationRecord>("TLSA");
  }

  /** Service bindings, SVCB and HTTPS, by priority, equals in random order (RFC 9460 §2.4.1). */
  get serviceBindingRecords(): readonly DnsServiceBindingRecord[] {
    return this.#only<DnsServiceBindingRecord>("SVCB", "HTTPS");
  }

  /** Who may issue certificates. */
  get certificationAuthorityRecords(): readonly DnsCertificationAuthorityRecord[] {
    return this.#only<DnsCertificationAuthorityRecord>("CAA");
  }

  /** Where a zone begins. */
  get startOfAuthorityRecords(): readonly DnsStartOfAuthorityRecord[] {
    return this.#only<DnsStartOfAuthorityRecord>("SOA");
  }

  /**
   * Starts the look-up; {@linkcode finished} says when it has ended. One that is under way is
   * forgotten, and one that has ended begins anew.
   */
  lookup(): void {
    if (this.#outcome.kind === "running") this.#outcome.stop.abort();
    const stop = new AbortController();
    this.#outcome = { kind: "running", stop };
    this.#run(stop.signal).then((outcome) => {
      if (!stop.signal.aborted) this.#finish(outcome);
    });
  }

  /** Ends the look-up under way at once, with the error "operationCancelled"; else does nothing. */
  abort(): void {
    if (this.#outcome.kind !== "running") return;
    this.#outcome.stop.abort();
    const error = this.#failed("operationCancelled", "the look-up was aborted");
    this.#finish({ kind: "failed", error });
  }

  /** The same as {@linkcode abort}. */
  [Symbol.dispose](): void {
    this.abort();
  }

  #only<R extends DnsRecord>(...types: R["type"][]): readonly R[] {
    const wanted: readonly string[] = types;
    return this.records.filter((record): record is R => wanted.includes(record.type));
  }

  #finish(outcome: Outcome): void {
    this.#outcome = outcome;
    this.finished.emit();
  }

  async #run(signal: AbortSignal): Promise<Outcome> {
    const { attempts, attemptTimeout, timeout = -1, scope } = this.#options;
    try {
      if (!DnsLookup.isProtocolSupported(this.nameserverProtocol)) {
        throw this.#failed("resolver", "DNS over TLS is not supported");
      }
      const { answerOf } = await import("./_dns_answer.ts");
      const server = this.nameserver && { address: this.nameserver, port: this.nameserverPort };
      const limits = { attempts, attemptTimeout, timeout, signal, ...(scope && { scope }) };
      return { kind: "answered", ...await answerOf(this, { server, ...limits }) };
    } catch (error) {
      return { kind: "failed", error: error as DnsLookupError };
    }
  }

  #failed(code: DnsLookupErrorCode, so: string): DnsLookupError {
    return new DnsLookupError(code, `Cannot look up ${this.type} of "${this.name}": ${so}`);
  }
}
