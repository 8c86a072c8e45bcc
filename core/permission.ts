/**
 * Who may open what: {@linkcode PermissionScope} narrows what the process was granted.
 *
 * @module
 */
import type { HostAddress } from "../protocol/host_address.ts";
import { type Matcher, nameMatcher, netMatcher, pathMatcher } from "./_permission_match.ts";
import { bracketed, targetOf } from "./_permission_target.ts";
import { hostAndPort, PermissionError } from "./permission_error.ts";

export { hostAndPort, PermissionError, permissionFlag } from "./permission_error.ts";

/**
 * What a scope lets through, in the syntax of Deno's flags. A key that is absent grants nothing of
 * its kind; `["*"]` grants everything of it.
 */
export interface PermissionGrants {
  /**
   * Hosts: "example.com" (every port), "example.com:443", "[::1]:443", "*.example.com" (below it,
   * not itself), "10.0.0.0/8", "unix:/path/to/socket"; and, as in `deny`, "loopback", "private".
   */
  readonly net?: readonly string[];
  /** Files and folders to read; a folder covers what is below it. */
  readonly read?: readonly string[];
  /** Files and folders to write; a folder covers what is below it. */
  readonly write?: readonly string[];
  /** Programs, by name or path, as they will be started: a name does not cover its path. */
  readonly run?: readonly string[];
  /** Libraries or folders of libraries. */
  readonly ffi?: readonly string[];
  /** Environment variables; "PREFIX_*" covers all that begin so. */
  readonly env?: readonly string[];
  /** Kinds of system information, as "hostname" or "uid". */
  readonly sys?: readonly string[];
  /** What stays closed although a grant covers it. */
  readonly deny?: {
    /**
     * Hosts in the syntax of `net`, "loopback" (127.0.0.0/8, "::1", the unspecified addresses,
     * "localhost") and "private" (private use, unique local, link-local, site-local and shared
     * addresses). Checked on names and on every address that is connected to. IPv4 addresses
     * inside IPv6 ones (v4-mapped, NAT64, 6to4, v4-compatible) count by their IPv4 meaning too.
     */
    readonly net?: readonly string[];
  };
}

/**
 * A grant that can only narrow: pass it to whatever opens something on your behalf.
 *
 * A scope lets through what its own grants cover *and* the process was granted. It never prompts:
 * what Deno would ask for counts as not granted. It is a policy for objects that one hands out,
 * not a sandbox: other code in the same isolate can call Deno itself.
 *
 * Paths are compared with their symbolic links followed, where reading them is granted; where not,
 * as they are written.
 *
 * @example
 * ```ts
 * import { PermissionScope } from "@quayside/quayside/core";
 * import { assertEquals } from "@std/assert";
 *
 * const web = new PermissionScope({ net: ["*"], deny: { net: ["private", "loopback"] } });
 * assertEquals(web.allows({ name: "net", host: "[::ffff:10.0.0.1]:80" }), false);
 * assertEquals(web.narrow({ net: ["example.com:443"] }).denies("192.168.1.1"), true);
 * ```
 */
export class PermissionScope {
  /** Whatever the process was granted. */
  static readonly process: PermissionScope = PermissionScope.#of([]);

  /** All of them must let a need through: an intersection needs no arithmetic on patterns. */
  #layers: readonly Layer[];

  /**
   * Makes a scope; paths are resolved now, so a link that appears later changes nothing.
   *
   * @param grants What the scope lets through, as far as the process was granted it.
   * @throws {TypeError} If an entry cannot be read, a port above 65535 say.
   */
  constructor(grants: PermissionGrants) {
    this.#layers = [layerOf(grants)];
  }

  static #of(layers: readonly Layer[]): PermissionScope {
    const scope = new PermissionScope({});
    scope.#layers = layers;
    return scope;
  }

  /**
   * The intersection with more grants or with another scope. It never widens: what is asked for
   * beyond this scope is simply not granted.
   *
   * @param grants What to narrow by; denials of both stay.
   * @throws {TypeError} If an entry cannot be read.
   */
  narrow(grants: PermissionGrants | PermissionScope): PermissionScope {
    const added = grants instanceof PermissionScope ? grants.#layers : [layerOf(grants)];
    const both = [...this.#layers, ...added.filter((layer) => !this.#layers.includes(layer))];
    return PermissionScope.#of(both);
  }

  /** Whether both the scope and the process grant a need. Never prompts. */
  allows(need: Deno.PermissionDescriptor): boolean {
    return this.#covers(need) && isGranted(need);
  }

  /**
   * Makes sure that both the scope and the process grant a need. Never prompts.
   *
   * @throws {PermissionError} If one of them does not; it names the flag and who refused.
   */
  require(need: Deno.PermissionDescriptor): void {
    if (!this.#covers(need)) throw new PermissionError(need, { refusedBy: "scope" });
    if (!isGranted(need)) throw new PermissionError(need);
  }

  /**
   * Whether the deny list names a host: for the addresses of a name that was granted, of which
   * none was granted by itself.
   *
   * @param host A name or an address.
   * @param port The port; without it a denial of any port counts.
   */
  denies(host: string | HostAddress, port?: number): boolean {
    if (this.#layers.length === 0) return false;
    const target = port === undefined ? bracketed(host) : hostAndPort(host, port);
    return this.#layers.some((layer) => layer.net.denies(target));
  }

  #covers(need: Deno.PermissionDescriptor): boolean {
    const target = this.#layers.length === 0 ? null : targetOf(need);
    return this.#layers.every((layer) => {
      const matcher = layer[need.name as keyof Layer] as Matcher | undefined;
      return matcher !== undefined && matcher.covers(target);
    });
  }
}

interface Layer {
  readonly net: ReturnType<typeof netMatcher>;
  readonly read: Matcher;
  readonly write: Matcher;
  readonly run: Matcher;
  readonly ffi: Matcher;
  readonly env: Matcher;
  readonly sys: Matcher;
}

function layerOf(grants: PermissionGrants): Layer {
  const { net = [], read = [], write = [], run = [], ffi = [], env = [], sys = [], deny } = grants;
  return {
    net: netMatcher(net, deny?.net ?? []),
    read: pathMatcher(read),
    write: pathMatcher(write),
    run: pathMatcher(run, true),
    ffi: pathMatcher(ffi),
    env: nameMatcher(env),
    sys: nameMatcher(sys),
  };
}

function isGranted(need: Deno.PermissionDescriptor): boolean {
  try {
    return Deno.permissions.querySync(need).state === "granted";
  } catch {
    return false; // a target that cannot be written as one cannot have been granted
  }
}
