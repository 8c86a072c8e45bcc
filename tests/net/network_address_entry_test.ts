import { assert, assertEquals, assertThrows } from "@std/assert";
import { NetworkAddressEntry } from "../../net/network_address_entry.ts";

const rows: readonly [ip: string, prefixLength: number, netmask: string, broadcast: string][] = [
  ["192.0.2.10", 24, "255.255.255.0", "192.0.2.255"],
  ["10.1.2.3", 9, "255.128.0.0", "10.127.255.255"],
  ["198.51.100.4", 0, "0.0.0.0", "255.255.255.255"],
  ["198.51.100.4", 30, "255.255.255.252", "198.51.100.7"],
  ["198.51.100.4", 31, "255.255.255.254", ""],
  ["198.51.100.4", 32, "255.255.255.255", ""],
  ["2001:db8::1", 64, "ffff:ffff:ffff:ffff::", ""],
  ["2001:db8::1", 61, "ffff:ffff:ffff:fff8::", ""],
  ["2001:db8::1", 128, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ""],
];

for (const [ip, prefixLength, netmask, broadcast] of rows) {
  Deno.test(`NetworkAddressEntry of ${ip}/${prefixLength} knows its mask and broadcast`, () => {
    const entry = new NetworkAddressEntry({ ip, prefixLength });
    assertEquals([`${entry.ip}`, `${entry.netmask}`, `${entry.broadcast}`], [
      ip,
      netmask,
      broadcast,
    ]);
  });
}

Deno.test("NetworkAddressEntry of nothing knows nothing", () => {
  const entry = new NetworkAddressEntry();
  assert(entry.ip.isNull && entry.netmask.isNull && entry.broadcast.isNull);
  assertEquals([entry.prefixLength, entry.dnsEligibility], [-1, "unknown"]);
  assertEquals([entry.isLifetimeKnown, entry.isPermanent, entry.isTemporary], [false, true, false]);
});

Deno.test("NetworkAddressEntry with a lifetime is temporary", () => {
  const entry = new NetworkAddressEntry({ ip: "2001:db8::1", validityLifetime: 60_000 });
  assertEquals([entry.isLifetimeKnown, entry.isPermanent, entry.isTemporary], [true, false, true]);
  assert(entry.with({ validityLifetime: Infinity }).isPermanent);
});

Deno.test("NetworkAddressEntry refuses prefixes that its address cannot have", () => {
  assertThrows(() => new NetworkAddressEntry({ ip: "10.0.0.1", prefixLength: 33 }), RangeError);
  assertThrows(() => new NetworkAddressEntry({ ip: "::1", prefixLength: 129 }), RangeError);
  assertThrows(() => new NetworkAddressEntry({ ip: "::1", prefixLength: 1.5 }), RangeError);
  assertThrows(() => new NetworkAddressEntry({ ip: "eth0" }), TypeError);
});

Deno.test("NetworkAddressEntry.with() lets the broadcast follow unless it was given", () => {
  const entry = new NetworkAddressEntry({ ip: "192.0.2.10", prefixLength: 24 });
  assertEquals(`${entry.with({ prefixLength: 16 }).broadcast}`, "192.0.255.255");
  const own = entry.with({ broadcast: "192.0.2.0" });
  assertEquals(`${own.with({ prefixLength: 16 }).broadcast}`, "192.0.2.0");
  assertEquals(entry.with({ dnsEligibility: "eligible" }).dnsEligibility, "eligible");
});
