/**
 * What the system tells of network interfaces: Deno their addresses, Linux's /sys the rest, to those
 * who may read it.
 *
 * @module
 */

/** An address as Deno tells it. */
export type InterfaceAddress = Deno.NetworkInterfaceInfo;

/** What /sys/class/net says of an interface, as numbers. */
export interface InterfaceDetails {
  readonly index: number;
  /** IFF_… of <linux/if.h>. */
  readonly flags: number;
  readonly mtu: number;
  /** ARPHRD_… of <linux/if_arp.h>. */
  readonly type: number;
  /** The address that the system shows for it. */
  readonly hardwareAddress: string;
  readonly isWireless: boolean;
}

const FOLDER = "/sys/class/net";
/** The kernel works this flag out when it is asked; the file does not have it. */
const IFF_RUNNING = 0x40;

/** The names of all interfaces, those without an address too; null where that cannot be read. */
export function interfaceNames(): string[] | null {
  return attempt(() => [...Deno.readDirSync(FOLDER)].map(({ name }) => name));
}

/** What the system says of an interface; null where that cannot be read. */
export function interfaceDetails(name: string): InterfaceDetails | null {
  if (/[/\\\0]|^\.*$/.test(name)) return null;
  return attempt(() => {
    const text = (file: string) => Deno.readTextFileSync(`${FOLDER}/${name}/${file}`).trim();
    const number = (file: string) => Number(text(file));
    return {
      index: number("ifindex"),
      flags: number("flags") | (/^(up|unknown)$/.test(text("operstate")) ? IFF_RUNNING : 0),
      mtu: number("mtu"),
      type: number("type"),
      hardwareAddress: text("address"),
      isWireless: attempt(() => Deno.statSync(`${FOLDER}/${name}/wireless`)) !== null,
    };
  });
}

/** Whether IPv4 or IPv6 has a default route; null where that cannot be read. */
export function hasDefaultRoute(): boolean | null {
  return attempt(() => {
    const isUp = (flags: string | undefined) => (parseInt(flags ?? "0", 16) & 1) !== 0;
    const v4 = rows("/proc/net/route").some((row) =>
      row[1] === "00000000" && row[7] === "00000000" && isUp(row[3])
    );
    // The kernel's own entry, which rejects, leaves by "lo".
    const v6 = () =>
      (attempt(() => rows("/proc/net/ipv6_route")) ?? [])
        .some((row) => /^0+$/.test(row[0]!) && row[1] === "00" && row[9] !== "lo" && isUp(row[8]));
    return v4 || v6();
  });
}

function rows(path: string): string[][] {
  return Deno.readTextFileSync(path).split("\n").filter((line) => line.trim() !== "")
    .map((line) => line.trim().split(/\s+/));
}

/** Reading /sys and /proc needs every permission (denoland/deno#23703): without, nothing is known. */
function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
