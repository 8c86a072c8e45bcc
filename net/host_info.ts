/**
 * Addresses of names and names of addresses, as the system knows them.
 *
 * @module
 */
import { socketErrorFrom } from "../core/_error_border.ts";
import { reportLater, reportRejection } from "../core/_report.ts";
import { abortable, type OpenOptions } from "../core/_wait.ts";
import { hostAndPort, PermissionScope } from "../core/permission.ts";
import { HostAddress } from "../protocol/host_address.ts";
import { HostCache } from "./_host_cache.ts";
import { domainIn, readResolvConf } from "./_name_servers.ts";

/** Why a host has no addresses (QHostInfo::HostInfoError). */
export type HostInfoErrorCode = "hostNotFound" | "unknown";

/** What a {@linkcode HostInfo} holds. */
export interface HostInfoInit {
  /** The host's name; "" by default. */
  hostName?: string;
  /** Its addresses; none by default. */
  addresses?: readonly HostAddress[];
  /** Why there are none; null by default. */
  error?: HostInfoErrorCode | null;
  /** The same as a sentence; "" by default. */
  errorString?: string;
}

/** How to look a host up. */
export interface HostLookupOptions {
  /** Keeps the addresses of IPv4 or IPv6 alone. */
  family?: 4 | 6;
  /** Narrows what may be looked up; whatever the process may by default. */
  scope?: PermissionScope;
}

/**
 * What the system knows about a host, by its hosts file and its name servers (QHostInfo): a value.
 *
 * International names are looked up in their ACE form. Answers are kept for 60 seconds, 128 at the
 * most, and equal names in flight are looked up once. Results always come asynchronously.
 *
 * @example
 * ```ts
 * import { HostInfo } from "@quayside/quayside/net";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const { addresses } = await HostInfo.fromName("localhost");
 * assert(addresses.every((address) => address.isLoopback));
 *
 * const nobody = await HostInfo.fromName("");
 * assertEquals(nobody.error, "hostNotFound");
 * ```
 */
export class HostInfo {
  // What Qt keeps for the process too: recent answers, and who still waits for one.
  static readonly #recent = new HostCache<HostInfo>();
  static readonly #lookups = new Map<number, AbortController>();
  static #lastId = 0;

  /** The name that was looked up; of an address its name, or its own text where it has none. */
  readonly hostName: string;
  /** The addresses in the system's order (RFC 6724), each once. */
  readonly addresses: readonly HostAddress[];
  /** Why there are no addresses; null when there are. */
  readonly error: HostInfoErrorCode | null;
  /** The same as a sentence; "" when there are addresses. */
  readonly errorString: string;

  /**
   * Makes a value; {@linkcode HostInfo.fromName} looks one up.
   *
   * @param init What it holds.
   */
  constructor(init: HostInfoInit = {}) {
    this.hostName = init.hostName ?? "";
    this.addresses = init.addresses ?? [];
    this.error = init.error ?? null;
    this.errorString = init.errorString ?? "";
  }

  /**
   * Looks a host up.
   *
   * Needs the net permission for the name without a port, as `--allow-net=example.com`. The name of
   * an address is looked up with `--allow-net=192.0.2.1:0`; without, the address is its own name.
   *
   * @param name A name, or an address.
   * @param options `family`, `scope`; `timeout` and `signal` end the wait, while the system's
   * look-up goes on.
   * @returns What was found. Failures are told by `error`: "hostNotFound" if there is no such host,
   * "unknown" for everything else, a denied permission too.
   * @throws The signal's reason, if it aborts; a `DOMException` "TimeoutError" after the timeout.
   */
  static async fromName(
    name: string,
    options: HostLookupOptions & OpenOptions = {},
  ): Promise<HostInfo> {
    const { family, scope = PermissionScope.process } = options;
    const info = await abortable<HostInfo>((resolve, reject) => {
      HostInfo.#find(name, scope).then(resolve, reject);
      return () => {};
    }, options);
    return family === undefined || info.error ? info : info.#only(family);
  }

  /**
   * Looks a host up and calls back.
   *
   * @param name A name, or an address.
   * @param callback Called once, never before this returns, unless aborted; what it throws is
   * reported as an uncaught error.
   * @param options `family`, `scope`.
   * @returns An id for {@linkcode HostInfo.abortHostLookup}.
   */
  static lookupHost(
    name: string,
    callback: (info: HostInfo) => unknown,
    options: HostLookupOptions = {},
  ): number {
    const id = ++HostInfo.#lastId;
    const stop = new AbortController();
    HostInfo.#lookups.set(id, stop);
    HostInfo.fromName(name, { ...options, signal: stop.signal }).then((info) => {
      if (HostInfo.#lookups.delete(id)) reportRejection(callback(info));
    }).catch((error) => stop.signal.aborted || reportLater(error));
    return id;
  }

  /**
   * Gives a look-up up: its callback will not be called. An id that is not under way is ignored.
   *
   * @param id What {@linkcode HostInfo.lookupHost} returned.
   */
  static abortHostLookup(id: number): void {
    HostInfo.#lookups.get(id)?.abort();
    HostInfo.#lookups.delete(id);
  }

  /** Forgets all answers, after a change of network, say; look-ups under way are not affected. */
  static clearCache(): void {
    HostInfo.#recent.clear();
  }

  /**
   * The name of this machine, as it calls itself. Needs `--allow-sys=hostname`.
   *
   * @throws {PermissionError} Without it.
   */
  static localHostName(): string {
    PermissionScope.process.require(hostnameNeed);
    return Deno.hostname();
  }

  /**
   * The domain that this machine is in: of resolv.conf(5), which needs
   * `--allow-read=/etc/resolv.conf`, or of its name, which needs `--allow-sys=hostname`.
   *
   * @returns "" where neither tells, or may be asked.
   */
  static localDomainName(): string {
    const domain = domainIn(readResolvConf() ?? "");
    if (domain !== "" || !PermissionScope.process.allows(hostnameNeed)) return domain;
    return /\.(.+)$/.exec(Deno.hostname())?.[1] ?? "";
  }

  static async #find(name: string, scope: PermissionScope): Promise<HostInfo> {
    if (name === "") return notFound(name, "Cannot look up a host: no host name given");
    const literal = HostAddress.parse(name);
    if (literal) return await HostInfo.#ofAddress(literal, scope);
    const { asciiName, lookup } = await import("../core/_lookup.ts");
    const ascii = asciiName(name).toLowerCase();
    if (ascii === "") return notFound(name, `Cannot look up "${name}": it is no host name`);
    try {
      requireLookup(ascii, scope);
      const { addresses } = await HostInfo.#recent.find(ascii, async () => {
        return new HostInfo({ addresses: distinct(await lookup(ascii)) });
      });
      return new HostInfo({ hostName: name, addresses });
    } catch (cause) {
      const { code, message } = socketErrorFrom(cause, `look up ${name}`);
      const isKnown = code === "hostNotFound" && (cause as { code?: string }).code !== "EAI_AGAIN";
      if (isKnown) return notFound(name, message);
      return new HostInfo({ hostName: name, error: "unknown", errorString: message });
    }
  }

  /** Never a failure: an address that has no name is its own (as in Qt). */
  static async #ofAddress(address: HostAddress, scope: PermissionScope): Promise<HostInfo> {
    const text = `${address}`;
    const nameless = new HostInfo({ hostName: text, addresses: [address] });
    if (!scope.allows({ name: "net", host: hostAndPort(address, 0) })) return nameless;
    return await HostInfo.#recent.find(text, async () => {
      const { reverseLookup } = await import("../core/_lookup.ts");
      const hostName = await reverseLookup(address).catch(() => text);
      return new HostInfo({ hostName, addresses: [address] });
    });
  }

  #only(family: 4 | 6): HostInfo {
    const addresses = this.addresses.filter(({ protocol }) => protocol === `ipv${family}`);
    if (addresses.length > 0) return new HostInfo({ hostName: this.hostName, addresses });
    const so = `the host has no IPv${family} address`;
    return notFound(this.hostName, `Cannot look up ${this.hostName}: ${so}`);
  }
}

function notFound(hostName: string, errorString: string): HostInfo {
  return new HostInfo({ hostName, error: "hostNotFound", errorString });
}

/** A name that Deno cannot put into a flag is not refused, where all names are granted. */
function requireLookup(name: string, scope: PermissionScope): void {
  if (!scope.allows({ name: "net" })) scope.require({ name: "net", host: name });
}

/** Each address once: the hosts file may repeat what a server says. */
function distinct(addresses: readonly HostAddress[]): HostAddress[] {
  return [...new Map(addresses.map((address) => [`${address}`, address])).values()];
}

const hostnameNeed = { name: "sys", kind: "hostname" } as const;
