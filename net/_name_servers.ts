/** The name servers that the system uses. */
import { PermissionScope } from "../core/permission.ts";
import { HostAddress } from "../protocol/host_address.ts";

/** Where a name server listens. */
export interface NameServer {
  readonly address: HostAddress;
  readonly port: number;
}

/**
 * The system's name servers in the order in which they are to be asked.
 *
 * @returns `null` where the process may not know them: that needs `--allow-sys=networkInterfaces`
 * or `--allow-read=/etc/resolv.conf`.
 */
export function systemNameServers(): NameServer[] | null {
  if (PermissionScope.process.allows({ name: "sys", kind: "networkInterfaces" })) {
    return distinct(process.getBuiltinModule("node:dns").getServers());
  }
  const text = readResolvConf();
  return text === null ? null : distinct(nameServersIn(text));
}

/** The text of resolv.conf(5); `null` where it may not be read or there is none. */
export function readResolvConf(): string | null {
  if (!PermissionScope.process.allows({ name: "read", path: RESOLV_CONF })) return null;
  try {
    return Deno.readTextFileSync(RESOLV_CONF);
  } catch {
    return null;
  }
}

/** The servers that a resolv.conf(5) names; this machine's own where it names none. */
export function nameServersIn(resolvConf: string): string[] {
  const found = [...resolvConf.matchAll(/^nameserver\s+(\S+)/gm)].map(([, address]) => address!);
  return found.length > 0 ? found : ["127.0.0.1"];
}

/** The domain that a resolv.conf(5) puts this machine in; "" where it says nothing. */
export function domainIn(resolvConf: string): string {
  // "The domain and search keywords are mutually exclusive", the last one counts.
  const found = [...resolvConf.matchAll(/^(?:domain|search)[ \t]+([^\s#;]+)/gm)].at(-1);
  return found === undefined ? "" : found[1]!.replace(/\.$/, "");
}

/** Reads "192.0.2.1", "192.0.2.1:5353", "2001:db8::1" and "[2001:db8::1]:5353". */
function distinct(servers: readonly string[]): NameServer[] {
  return [...new Set(servers)].flatMap((text) => {
    const [, host = text, port = "53"] = /^\[?(.*?)\]?:(\d+)$/.exec(
      /^[^[]*:.*:/.test(text) ? `[${text}]:53` : text,
    ) ?? [];
    const address = HostAddress.parse(host);
    return address === null ? [] : [{ address, port: Number(port) }];
  });
}

const RESOLV_CONF = "/etc/resolv.conf";
