import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { InvalidStateError } from "../../core/error.ts";
import { NetworkAddressEntry } from "../../net/network_address_entry.ts";
import { NetworkInformation, type Reachability } from "../../net/network_information.ts";
import type { InterfaceFlag } from "../../net/network_interface.ts";

const UP: ReadonlySet<InterfaceFlag> = new Set(["isUp", "isRunning"]);

/** An interface with these addresses. */
function made(addresses: readonly string[], flags: ReadonlySet<InterfaceFlag> | null = UP) {
  const addressEntries = addresses.map((ip) => new NetworkAddressEntry({ ip }));
  return { addressEntries, flags };
}

const rows: readonly [addresses: string[], route: boolean | null, expected: Reachability][] = [
  [[], null, "disconnected"],
  [["127.0.0.1", "::1"], true, "disconnected"],
  [["127.0.0.1", "fe80::1%2"], true, "local"],
  [["169.254.1.1"], null, "local"],
  [["192.168.1.2"], null, "site"],
  [["192.168.1.2"], false, "site"],
  [["192.168.1.2"], true, "online"],
  [["fd00::1"], null, "site"],
  [["203.0.113.4"], null, "online"],
  [["10.0.0.1", "2001:db8::1"], null, "online"],
  [["203.0.113.4"], false, "site"],
];

for (const [addresses, route, expected] of rows) {
  const name = `${addresses.join(", ") || "nothing"}, default route ${route}`;
  Deno.test(`NetworkInformation.reachability with ${name}`, () => {
    using information = new NetworkInformation({
      interfaces: () => [made(addresses)],
      hasDefaultRoute: () => route,
    });
    assertEquals(information.reachability, expected);
  });
}

Deno.test("NetworkInformation leaves out interfaces that are down, if that is known", () => {
  const reachability = (flags: ReadonlySet<InterfaceFlag> | null) => {
    using information = new NetworkInformation({
      interfaces: () => [made(["203.0.113.4"], flags)],
      hasDefaultRoute: () => null,
    });
    return information.reachability;
  };
  assertEquals(reachability(null), "online");
  assertEquals(reachability(new Set(["isUp"])), "disconnected");
});

Deno.test("NetworkInformation tells a change once, at the next look", async () => {
  let addresses = ["127.0.0.1"];
  using information = new NetworkInformation({
    interval: 1,
    interfaces: () => [made(addresses)],
    hasDefaultRoute: () => null,
  });
  const seen: Reachability[] = [];
  information.reachabilityChanged.connect((reachability) => seen.push(reachability));
  const changed = information.reachabilityChanged.next({ timeout: 5_000 });
  // Something has to keep the process alive: looking at the network does not.
  const alive = setTimeout(() => {}, 5_000);
  addresses = ["203.0.113.4"];
  assertEquals(await changed, ["online"]);
  clearTimeout(alive);
  information.refresh();
  assertEquals(seen, ["online"]);
  assertEquals(information.reachability, "online");
});

Deno.test("NetworkInformation.instance is one for all, until it is disposed of", async () => {
  const first = NetworkInformation.instance;
  assertStrictEquals(NetworkInformation.instance, first);
  assert(first.reachability !== "unknown");
  first[Symbol.dispose]();
  await assertRejects(() => first.reachabilityChanged.next(), InvalidStateError);
  using second = NetworkInformation.instance;
  assert(second !== first);
});

Deno.test({
  name: "NetworkInformation without permission says unknown",
  permissions: "none",
  fn: () => {
    using information = new NetworkInformation();
    assertEquals(information.reachability, "unknown");
  },
});

Deno.test("NetworkInformation refuses an interval that is none", () => {
  assertThrows(() => new NetworkInformation({ interval: 0 }), RangeError);
  assertThrows(() => new NetworkInformation({ interval: NaN }), RangeError);
});
