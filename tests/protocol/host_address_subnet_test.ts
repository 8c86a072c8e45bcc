import { assert, assertEquals, assertThrows } from "@std/assert";
import { HostAddress } from "../../protocol/host_address.ts";

Deno.test("HostAddress.parseSubnet() reads Qt's forms", () => {
  const rows: Record<string, string | null> = {
    "10/8": "10.0.0.0/8",
    "127.": "127.0.0.0/8",
    "1.2.3": "1.2.3.0/24",
    "1.2": "1.2.0.0/16",
    "172.16.0.0/255.240.0.0": "172.16.0.0/12",
    "192.168.1.5/24": "192.168.1.0/24",
    "1.2.3.4": "1.2.3.4/32",
    "1.2.3.4/0": "0.0.0.0/0",
    "1.2.3.4/0.0.0.0": "0.0.0.0/0",
    "1.2.3.4/255.255.255.255": "1.2.3.4/32",
    "::1": "::1/128",
    "2001:db8::ffff/33": "2001:db8::/33",
    "ffff::/9": "ff80::/9",
    "fe80::1%eth0/10": "fe80::/10",
    "::/0": "::/0",
  };
  for (const [subnet, expected] of Object.entries(rows)) {
    const { address, prefixLength } = HostAddress.parseSubnet(subnet)!;
    assertEquals(`${address}/${prefixLength}`, expected, subnet);
  }
  const bad =
    "1.2.3.4/33 ::/129 / /8 10/ 10/8/8 1.2.3.4. 1..2 010/8 256/8 a/8 10/-1 10/+8 10/8.0 " +
    "1.2.3.4/255.0.255.0 1.2.3.4/0.0.0.255 ::/ffff:: ::1.2.3/8 10/999999999999";
  for (const each of ["", ...bad.split(" ")]) {
    assertEquals(HostAddress.parseSubnet(each), null, each);
  }
});

Deno.test("HostAddress.isInSubnet() compares prefixes of one protocol", () => {
  const isIn = (address: string, subnet: string) => new HostAddress(address).isInSubnet(subnet);
  assert(isIn("10.255.1.2", "10/8") && !isIn("11.0.0.0", "10/8"));
  assert(isIn("172.31.255.255", "172.16.0.0/12") && !isIn("172.32.0.0", "172.16.0.0/12"));
  assert(isIn("1.2.3.4", "0.0.0.0/0") && !isIn("::1", "0.0.0.0/0") && !isIn("1.2.3.4", "::/0"));
  assert(
    isIn("2001:db8:8000::", "2001:db8:8000::/33") && !isIn("2001:db8::", "2001:db8:8000::/33"),
  );
  assert(isIn("::ffff:10.1.2.3", "10.0.0.0/8"), "v4-mapped, unlike Qt");
  const address = new HostAddress("192.168.1.77");
  assert(address.isInSubnet(new HostAddress("192.168.1.1"), 24));
  assert(address.isInSubnet(HostAddress.parseSubnet("192.168/16")!));
  assert(!address.isInSubnet(new HostAddress("192.168.1.1"), 99));
  assert(!address.isInSubnet(address, -1) && address.isInSubnet(HostAddress.broadcast, 0));
  assert(!HostAddress.null.isInSubnet("0.0.0.0/0") && !HostAddress.any.isInSubnet("0.0.0.0/0"));
  assertThrows(() => address.isInSubnet("10/99"), TypeError, 'Cannot read network "10/99"');
});
