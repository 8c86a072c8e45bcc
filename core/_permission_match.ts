/**
 * Whether one list of grants covers one need, in the syntax of Deno's own flags.
 */
import { HostAddress } from "../protocol/host_address.ts";

/** A list of grants, ready to be asked. */
export interface Matcher {
  /** Whether the grants cover a target; `null` asks for everything of the kind. */
  covers(target: string | null): boolean;
}

/** Grants and denials of network targets: `covers` is about both. */
export interface NetMatcher extends Matcher {
  /** Whether a target is on the list of denials. */
  denies(target: string): boolean;
}

/** Network targets: hosts, `host:port`, `*.dom.test`, `10.0.0.0/8`, `unix:/path`, `*`. */
export function netMatcher(grants: readonly string[], denials: readonly string[]): NetMatcher {
  const granted = grants.map(parseRule);
  const denied = denials.map(parseRule);
  const denies = (target: string) => {
    const place = parseTarget(target);
    return denied.some((rule) => rule(place, true));
  };
  const everything = grants.includes("*") && denials.length === 0;
  return {
    denies,
    covers: (target) => {
      if (everything || target === null) return everything;
      const place = parseTarget(target);
      return granted.some((rule) => rule(place)) && !denied.some((rule) => rule(place, true));
    },
  };
}

/** Files and folders: a folder covers what is below it. `exact` lists may hold bare names too. */
export function pathMatcher(grants: readonly string[], exact = false): Matcher {
  const names = new Set(exact ? grants.filter(isBareName) : []);
  const paths = grants.filter((grant) => grant !== "*" && !names.has(grant)).map(realPath);
  return {
    covers: (target) => {
      if (grants.includes("*")) return true;
      if (target === null) return false;
      if (exact && isBareName(target)) return names.has(target);
      const path = realPath(target);
      return paths.some((grant) => path === grant || !exact && isBelow(path, grant));
    },
  };
}

/** Names, where `PREFIX_*` covers all that begin so. */
export function nameMatcher(grants: readonly string[]): Matcher {
  const exact = new Set(grants);
  const prefixes = grants.filter((grant) => grant.endsWith("*")).map((grant) => grant.slice(0, -1));
  return {
    covers: (target) =>
      target === null
        ? exact.has("*")
        : exact.has(target) || prefixes.some((prefix) => target.startsWith(prefix)),
  };
}

type Host = {
  readonly name: string;
  readonly address: HostAddress | null;
  readonly port: number | null;
};
type Place = { readonly unix: string } | Host;
type Rule = (place: Place, denying?: boolean) => boolean;
/** Whether a host is meant: by its name, or, if it is an address, by any of its meanings. */
type HostTest = (name: string, addresses: readonly HostAddress[]) => boolean;

function parseRule(text: string): Rule {
  if (text === "*") return () => true;
  if (text.startsWith("unix:")) {
    const path = realPath(text.slice(5));
    return (place) => "unix" in place && (place.unix === path || isBelow(place.unix, path));
  }
  const { port, test } = hostTest(text);
  return (place, denying = false) => {
    if ("unix" in place) return false;
    const { name, address } = place;
    // A denial counts for whatever an address may lead to, a grant for the address alone.
    const addresses = address === null ? [] : denying ? meanings(address) : [address];
    if (!test(name, addresses)) return false;
    // A grant must cover every port asked for, a denial bites if it touches one.
    return port === null || port === place.port || denying && place.port === null;
  };
}

function hostTest(text: string): { port: number | null; test: HostTest } {
  if (text === "loopback") return { port: null, test: isLoopback };
  if (text === "private") return { port: null, test: (_, addresses) => addresses.some(isPrivate) };
  const subnet = text.includes("/") ? HostAddress.parseSubnet(text.replace(/[[\]]/g, "")) : null;
  if (subnet) {
    return { port: null, test: (_, addresses) => addresses.some((it) => it.isInSubnet(subnet)) };
  }
  const { name, address, port } = splitHost(text);
  if (name === "" || /[\s/]/.test(name)) throw new TypeError(`Cannot read net "${text}": no host`);
  if (address !== null) {
    const isSame = (it: HostAddress) => it.equals(address, ["v4Mapped"]);
    return { port, test: (_, addresses) => addresses.some(isSame) };
  }
  const suffix = name.startsWith("*.") ? name.slice(1) : null;
  if (suffix === null) return { port, test: (other) => other === name };
  return { port, test: (other, { length }) => length === 0 && other.endsWith(suffix) };
}

function parseTarget(text: string): Place {
  return text.startsWith("unix:") ? { unix: realPath(text.slice(5)) } : splitHost(text);
}

/** Takes "host", "host:port", "[v6]", "[v6]:port" and a bare IPv6 address apart. */
function splitHost(text: string): Host {
  const bare = text.indexOf(":") !== text.lastIndexOf(":") && !text.startsWith("[");
  const [, host, digits] = (bare ? null : /^(\[.*\]|[^:]*)(?::(.*))?$/.exec(text)) ?? [, text];
  const port = digits === undefined ? null : /^[0-9]+$/.test(digits) ? Number(digits) : NaN;
  if (port !== null && !(port <= 65535)) {
    throw new TypeError(`Cannot read net target "${text}": no port from 0 to 65535`);
  }
  const name = host!.replace(/^\[(.*)\]$/, "$1").toLowerCase().replace(/\.$/, "");
  // getaddrinfo takes "127.1" and "0x7f.1", so a denial has to know what they mean.
  return { name, address: HostAddress.parse(name, { legacyForms: true }), port };
}

function isLoopback(name: string, addresses: readonly HostAddress[]): boolean {
  if (addresses.length === 0) return name === "localhost" || name.endsWith(".localhost");
  // Connecting to an unspecified address reaches this machine.
  return addresses.some((it) =>
    it.isLoopback || it.isInSubnet(thisNetwork) || it.equals(HostAddress.anyIPv6, "strict")
  );
}

function isPrivate(address: HostAddress): boolean {
  return address.isPrivateUse || address.isLinkLocal || address.isSiteLocal ||
    address.isInSubnet(sharedSpace);
}

/**
 * The address, and the IPv4 address that a gateway would make of it: NAT64 (RFC 6052 §2.1),
 * 6to4 (RFC 3056), IPv4-compatible (RFC 4291 §2.5.5.1). v4-mapped ones HostAddress knows itself.
 */
function meanings(address: HostAddress): HostAddress[] {
  if (address.protocol !== "ipv6") return [address];
  const bytes = address.toBytes();
  if (address.isInSubnet(nat64)) return [address, new HostAddress(bytes.subarray(12))];
  if (address.isInSubnet(sixToFour)) return [address, new HostAddress(bytes.subarray(2, 6))];
  const isCompatible = address.isInSubnet(compatible) && address.toIPv4Address() === null &&
    !address.isLoopback;
  return isCompatible ? [address, new HostAddress(bytes.subarray(12))] : [address];
}

function isBareName(text: string): boolean {
  return !/[\\/]/.test(text);
}

function isBelow(path: string, folder: string): boolean {
  return folder.endsWith(separator) ? path.startsWith(folder) : path.startsWith(folder + separator);
}

/**
 * The path with its symbolic links followed as far as it exists, so that a link inside a granted
 * folder does not lead out of it. Where reading is not granted, nothing can be followed and the
 * path counts as it is written; asking would prompt.
 */
function realPath(path: string): string {
  const { resolve, dirname, basename, join } = process.getBuiltinModule("node:path");
  const follow = (path: string, hops: number): string => {
    if (Deno.permissions.querySync({ name: "read", path }).state !== "granted") return path;
    try {
      return Deno.realPathSync(path);
    } catch {
      // Not there. A link to what is not there yet would be written through.
      const target = hops > 0 ? linkTarget(path) : null;
      if (target !== null) return follow(resolve(dirname(path), target), hops - 1);
      const parent = dirname(path);
      return parent === path ? path : join(follow(parent, hops), basename(path));
    }
  };
  return path.startsWith("\0") ? path : follow(resolve(path), 40);
}

function linkTarget(path: string): string | null {
  try {
    return Deno.readLinkSync(path);
  } catch {
    return null;
  }
}

const separator = Deno.build.os === "windows" ? "\\" : "/";
const thisNetwork = "0.0.0.0/8";
const sharedSpace = "100.64.0.0/10"; // RFC 6598
const nat64 = "64:ff9b::/96";
const sixToFour = "2002::/16";
const compatible = "::/96";
