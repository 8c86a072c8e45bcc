/**
 * How far the network reaches just now.
 *
 * @module
 */
import { PermissionError } from "../core/permission.ts";
import { Signal } from "../core/signal.ts";
import { hasDefaultRoute } from "./_interfaces.ts";
import { NetworkInterface } from "./network_interface.ts";

/**
 * How far the network reaches, as QNetworkInformation::Reachability: "disconnected" (nothing but
 * this machine), "local" (link-local addresses alone), "site" (a network of one's own), "online"
 * (there is a way to the Internet), "unknown" (the system may not be asked).
 */
export type Reachability = "unknown" | "disconnected" | "local" | "site" | "online";

/** Options of {@linkcode NetworkInformation}. */
export interface NetworkInformationOptions {
  /** Milliseconds between two looks at the interfaces: 2 000 by default. */
  interval?: number;
  /** Where the interfaces come from: {@linkcode NetworkInterface.allInterfaces} by default. */
  interfaces?: () => readonly Pick<NetworkInterface, "addressEntries" | "flags">[];
  /** Whether there is a default route, `null` where that is not known; the system's by default. */
  hasDefaultRoute?: () => boolean | null;
}

/** Milliseconds between two looks, unless told otherwise. */
const INTERVAL = 2_000;

/**
 * What is known of the network as a whole, after QNetworkInformation: how far it reaches, and when
 * that changes.
 *
 * It looks at the machine's interfaces now and then, and does not keep the process alive for that.
 * It is a hint: nobody is asked whether they can be reached. Whether there is a default route, only
 * a program with all permissions on Linux sees; else "online" takes an address that is public, and a
 * machine behind an address translation is "site".
 *
 * Needs `--allow-sys=networkInterfaces`; without it the reachability is "unknown".
 *
 * @example
 * ```ts
 * import { NetworkInformation } from "@quayside/quayside/net";
 * import { assert } from "@std/assert";
 *
 * using information = new NetworkInformation();
 * const seen: string[] = [];
 * information.reachabilityChanged.connect((reachability) => seen.push(reachability));
 * assert(information.reachability !== "unknown");
 * ```
 */
export class NetworkInformation implements Disposable {
  static #instance: NetworkInformation | null = null;

  /** The reachability is another than it was. */
  readonly reachabilityChanged: Signal<[reachability: Reachability]> = new Signal();

  readonly #options: Required<NetworkInformationOptions>;
  readonly #timer: ReturnType<typeof setInterval>;
  #reachability: Reachability;

  /**
   * Begins to watch.
   *
   * @param options `interval`, `interfaces`, `hasDefaultRoute`.
   * @throws {RangeError} `interval` is not above 0.
   */
  constructor(options: NetworkInformationOptions = {}) {
    const { interval = INTERVAL } = options;
    if (!(interval > 0)) {
      throw new RangeError(`Cannot look every ${interval} ms: expected more than 0`);
    }
    this.#options = { interfaces: allInterfaces, hasDefaultRoute, interval, ...options };
    this.#reachability = this.#look();
    this.#timer = setInterval(() => this.refresh(), interval);
    Deno.unrefTimer(Number(this.#timer));
  }

  /** The one that all of the program share; made when it is first asked for. */
  static get instance(): NetworkInformation {
    return NetworkInformation.#instance ??= new NetworkInformation();
  }

  /** How far the network reached at the last look. */
  get reachability(): Reachability {
    return this.#reachability;
  }

  /** Looks now, and emits `reachabilityChanged` if it is other than it was. */
  refresh(): void {
    const reachability = this.#look();
    if (reachability === this.#reachability) return;
    this.#reachability = reachability;
    this.reachabilityChanged.emit(reachability);
  }

  /** Stops watching; who asks for {@linkcode NetworkInformation.instance} later gets a new one. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    if (NetworkInformation.#instance === this) NetworkInformation.#instance = null;
    this.reachabilityChanged.end();
  }

  #look(): Reachability {
    try {
      return reachabilityOf(this.#options);
    } catch (error) {
      if (error instanceof PermissionError) return "unknown";
      throw error;
    }
  }
}

function reachabilityOf(
  { hasDefaultRoute, interfaces }: Required<NetworkInformationOptions>,
): Reachability {
  const addresses = interfaces()
    .filter(({ flags }) => flags === null || flags.has("isUp") && flags.has("isRunning"))
    .flatMap(({ addressEntries }) => addressEntries.map(({ ip }) => ip))
    .filter(({ isLoopback }) => !isLoopback);
  if (addresses.length === 0) return "disconnected";
  const reaching = addresses.filter((ip) => ip.isGlobal);
  if (reaching.length === 0) return "local";
  const isOnline = hasDefaultRoute() ?? reaching.some((ip) => !ip.isPrivateUse);
  return isOnline ? "online" : "site";
}

function allInterfaces(): NetworkInterface[] {
  return NetworkInterface.allInterfaces();
}
