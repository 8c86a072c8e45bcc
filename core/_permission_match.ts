/**
 * Whether one list of grants covers one need, in the syntax of Deno's own flags.
 */
import { HostAddress, type HostAddressSubnet } from "../protocol/host_address.ts";

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

type Place =
  | { readonly unix: string }
  | { readonly name: string; readonly address: HostAddress | null; readonly port: number | null };
type Rule = (place: Place, denying?: boolean) => boolean;

function parseRule(text: string): Rule {
  if (text === "*") return () => true;
  if (text === "loopback") return hostRule(isLoopback);
  if (text === "private") return hostRule(({ address }) => address !== null && isPrivate(address));
  if (text.startsWith("unix:")) {
    const path = realPath(text.slice(5));
    return (place) => "unix" in place && (place.unix === path || isBelow(place.unix, path));
  }
  const subnet = text.includes("/") ? HostAddress.parseSubnet(text.replace(/[[\]]/g, "")) : null;
  if (subnet) return hostRule(({ address }) => address !== null && isIn(address, subnet));
  const { name, address, port } = splitHost(text);
  if (name === "" || /[\s/]/.test(name)) throw new TypeError(`Cannot grant net "${text}": no host`);
  const isHost: HostTest = address
    ? (place) => place.address !== null && place.address.equals(address, ["v4Mapped"])
    : name.startsWith("*.")
    ? (place) => place.address === null && place.name.endsWith(name.slice(1))
    : (place) => place.name === name;
  return (place, denying) => {
    if ("unix" in place || !isHost(place)) return false;
    // A grant must cover every port asked for, a denial bites if it touches one.
    return port === null || port === place.port || denying === true && place.port === null;
  };
}

type HostTest = (place: Exclude<Place, { unix: string }>) => boolean;

function hostRule(test: HostTest): Rule {
  return (place) => !("unix" in place) && test(place);
}

function parseTarget(text: string): Place {
  return text.startsWith("unix:") ? { unix: realPath(text.slice(5)) } : splitHost(text);
}

/** Takes "host", "host:port", "[v6]", "[v6]:port" and a bare IPv6 address apart. */
function splitHost(text: string): Exclude<Place, { unix: string }> {
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

function isLoopback({ name, address }: { name: string; address: HostAddress | null }): boolean {
  if (address === null) return name === "localhost" || name.endsWith(".localhost");
  // Connecting to the unspecified address reaches this machine.
  return meanings(address).some((it) => it.isLoopback || it.isInSubnet(thisNetwork)) ||
    address.equals(HostAddress.anyIPv6, "strict");
}

function isPrivate(address: HostAddress): boolean {
  return meanings(address).some((it) =>
    it.isPrivateUse || it.isLinkLocal || it.isSiteLocal || it.isInSubnet(sharedSpace)
  );
}

function isIn(address: HostAddress, subnet: HostAddressSubnet): boolean {
  return meanings(address).some((it) => it.isInSubnet(subnet));
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
  const follow = (path: string): string => {
    if (Deno.permissions.querySync({ name: "read", path }).state !== "granted") return path;
    try {
      return Deno.realPathSync(path);
    } catch {
      const parent = dirname(path);
      return parent === path ? path : join(follow(parent), basename(path));
    }
  };
  return path.startsWith("\0") ? path : follow(resolve(path));
}

const separator = Deno.build.os === "windows" ? "\\" : "/";
const network = (text: string): HostAddressSubnet => HostAddress.parseSubnet(text)!;
const thisNetwork = network("0.0.0.0/8");
const sharedSpace = network("100.64.0.0/10"); // RFC 6598
const nat64 = network("64:ff9b::/96");
const sixToFour = network("2002::/16");
const compatible = network("::/96");
