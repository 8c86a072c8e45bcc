import { assert, assertEquals, assertThrows } from "@std/assert";
import { HostAddress } from "../../protocol/host_address.ts";

const text = (address: HostAddress | null) => address === null ? null : `${address}`;

Deno.test("HostAddress.parse() reads dotted quads strictly", () => {
  for (const good of ["0.0.0.0", "1.2.3.4", "127.0.0.1", "255.255.255.255", "10.20.30.40"]) {
    assertEquals(text(HostAddress.parse(good)), good);
  }
  const bad =
    "1.2.3.256 1.2.3.4. .1.2.3.4 1..2.3 1.2.3 1.2.3.4.5 01.2.3.4 1.2.3.00 0x1.2.3.4 127.1 1 " +
    "1.2.3.-4 1.2.3.+4 1.2.3.1e1 1.2.3.٤ 1.2.3.4/8 1.2.3.4%eth0";
  for (const each of [...bad.split(" "), "", " 1.2.3.4", "1.2.3.4 ", "1.2.3.4\0", "1.2. 3.4"]) {
    assertEquals(HostAddress.parse(each), null, each);
  }
});

Deno.test("HostAddress.parse() with legacyForms reads what inet_aton takes, as Qt does", () => {
  const rows: Record<string, string | null> = {
    "127.1": "127.0.0.1",
    "1": "0.0.0.1",
    "0x7f.1": "127.0.0.1",
    "010.0.0.1": "8.0.0.1",
    "300": "0.0.1.44",
    "4294967295": "255.255.255.255",
    "1.2.3": "1.2.0.3",
    "1.65535": "1.0.255.255",
    "1.2.3.4": "1.2.3.4",
    "1.2.3.256": null,
    "1.2.3.4.": null,
    "": null,
    "08.1": null,
    "4294967296": null,
    "1.16777216": null,
    "0x": null,
    "1.2.3.4.5": null,
    "1 ": null,
    "-1": null,
    "::ffff:1.2.3.4": "::ffff:1.2.3.4",
    "::ffff:010.2.3.4": null,
  };
  for (const [legacy, expected] of Object.entries(rows)) {
    assertEquals(text(HostAddress.parse(legacy, { legacyForms: true })), expected, legacy);
  }
});

Deno.test("HostAddress reads RFC 4291 text and writes RFC 5952 text", () => {
  const rows: Record<string, string> = {
    "::": "::",
    "::1": "::1",
    "1::": "1::",
    "0:0:0:0:0:0:0:0": "::",
    "1:2:3:4:5:6:7:8": "1:2:3:4:5:6:7:8",
    "1:2:3:4:5:6:7::": "1:2:3:4:5:6:7:0",
    "::2:3:4:5:6:7:8": "0:2:3:4:5:6:7:8",
    "2001:0DB8::0001": "2001:db8::1",
    "2001:db8:0:0:1:0:0:1": "2001:db8::1:0:0:1",
    "1:0:0:2:0:0:0:3": "1:0:0:2::3",
    "1:0:2:3:4:5:6:7": "1:0:2:3:4:5:6:7",
    "::ffff:1.2.3.4": "::ffff:1.2.3.4",
    "::FFFF:102:304": "::ffff:1.2.3.4",
    "::1.2.3.4": "::102:304",
    "64:ff9b::1.2.3.4": "64:ff9b::102:304",
    "1:2:3:4:5:6:1.2.3.4": "1:2:3:4:5:6:102:304",
    "fe80::1%eth0": "fe80::1%eth0",
    "fe80::1%3": "fe80::1%3",
  };
  for (const [input, output] of Object.entries(rows)) {
    assertEquals(text(HostAddress.parse(input)), output, input);
    assertEquals(text(HostAddress.parse(output)), output, output);
  }
});

Deno.test("HostAddress.parse() refuses broken IPv6 text", () => {
  const bad = ": ::: 1: :1 1::2::3 12345:: 1:2:3:4:5:6:7 1:2:3:4:5:6:7:8:9 1:2:3:4:5:6:7:8:: " +
    "1:2:3:4::5:6:7:8 ::g 1:2:3:4:5:6:7:1.2.3.4 ::1.2.3 ::01.2.3.4 ::1.2.3.4:5 1.2.3.4:: [::1] " +
    "::1%  ::1% ::1%a%b ::1%a/b ::1/64 ::-1 ::0x1";
  for (const each of bad.split(" ").filter((it) => it !== "")) {
    assertEquals(HostAddress.parse(each), null, each);
  }
});

Deno.test("HostAddress() takes text, numbers and bytes, and refuses what is none", () => {
  assertEquals(`${new HostAddress(0x7f000001)}`, "127.0.0.1");
  assertEquals(`${new HostAddress(new Uint8Array([10, 0, 0, 255]))}`, "10.0.0.255");
  const bytes = new Uint8Array(16).fill(0x11);
  const address = new HostAddress(bytes, { scopeId: "eth1" });
  bytes.fill(0);
  assertEquals(`${address}`, "1111:1111:1111:1111:1111:1111:1111:1111%eth1");
  assertThrows(() => new HostAddress("300"), TypeError, 'Cannot read address "300"');
  assertThrows(() => new HostAddress(new Uint8Array(5)), TypeError, "5 bytes");
  for (const bad of [-1, 2 ** 32, 1.5, NaN]) assertThrows(() => new HostAddress(bad), RangeError);
  assertThrows(() => new HostAddress("1.2.3.4", { scopeId: "eth0" }), TypeError, "only IPv6");
  assertThrows(() => new HostAddress("::1", { scopeId: "a b" }), TypeError, "not a zone");
});

Deno.test("HostAddress has Qt's special addresses", () => {
  const { any, anyIPv4, anyIPv6, broadcast, localHost, localHostIPv6, null: none } = HostAddress;
  const rows = [any, anyIPv4, anyIPv6, broadcast, localHost, localHostIPv6, none];
  assertEquals(rows.map(text), [
    "0.0.0.0",
    "0.0.0.0",
    "::",
    "255.255.255.255",
    "127.0.0.1",
    "::1",
    "",
  ]);
  assertEquals(rows.map(({ protocol }) => protocol), [
    "any",
    "ipv4",
    "ipv6",
    "ipv4",
    "ipv4",
    "ipv6",
    "unknown",
  ]);
  assertEquals(rows.map(({ isNull }) => isNull), [false, false, false, false, false, false, true]);
  assertEquals(JSON.stringify([localHost]), '["127.0.0.1"]');
  assertEquals(Deno.inspect([any, localHost]), "[ HostAddress(any), HostAddress(127.0.0.1) ]");
});

Deno.test("HostAddress.equals() converts as Qt's isEqual, tolerantly by default", () => {
  const equal = [
    ["1.2.3.4", "::ffff:1.2.3.4", "v4Mapped"],
    ["1.2.3.4", "::1.2.3.4", "v4Compat"],
    ["127.0.0.1", "::1", "localHost"],
    ["0.0.0.0", "::", "unspecified"],
  ] as const;
  for (const [v4, v6, needed] of equal) {
    const [a, b] = [new HostAddress(v4), new HostAddress(v6)];
    for (const [one, other] of [[a, b], [b, a]] as const) {
      assert(one.equals(other), v6);
      assert(!one.equals(other, "strict"), v6);
      for (const mode of ["v4Mapped", "v4Compat", "localHost", "unspecified"] as const) {
        assertEquals(one.equals(other, [mode]), mode === needed, `${v6} ${mode}`);
      }
    }
  }
  for (const wildcard of [HostAddress.anyIPv4, HostAddress.anyIPv6]) {
    assert(wildcard.equals(HostAddress.any) && HostAddress.any.equals(wildcard));
    assert(!wildcard.equals(HostAddress.any, "strict"));
  }
  const unequal = [["0.0.0.1", "::1"], ["1.2.3.4", "::ffff:1.2.3.5"], [
    "1.2.3.4",
    "2002:102:304::",
  ]];
  for (const [v4, v6] of unequal) assert(!new HostAddress(v4).equals(new HostAddress(v6)), v6);
  for (const each of [HostAddress.any, HostAddress.anyIPv4, HostAddress.anyIPv6]) {
    assert(!each.equals(HostAddress.null) && !HostAddress.null.equals(each));
  }
  assert(HostAddress.null.equals(new HostAddress(), "strict"));
});

Deno.test("HostAddress.equals() looks at zones only when strict", () => {
  const [eth0, eth1] = [new HostAddress("fe80::1%eth0"), new HostAddress("fe80::1%eth1")];
  assert(eth0.equals(eth1) && !eth0.equals(eth1, "strict"));
  assert(eth0.withScopeId("eth1").equals(eth1, "strict"));
  assertEquals(`${eth0.withScopeId("")}`, "fe80::1");
  assertThrows(() => HostAddress.localHost.withScopeId("1"), TypeError, "no IPv6 address");
});

Deno.test("HostAddress classifies addresses as Qt does, v4-mapped ones by their IPv4 meaning", () => {
  const classes = [
    "isLoopback",
    "isLinkLocal",
    "isSiteLocal",
    "isUniqueLocalUnicast",
    "isPrivateUse",
    "isMulticast",
    "isBroadcast",
    "isGlobal",
  ] as const;
  const rows: Record<string, string> = {
    "127.0.0.1": "isLoopback",
    "127.255.255.254": "isLoopback",
    "::ffff:127.0.0.1": "isLoopback",
    "::1": "isLoopback",
    "169.254.0.1": "isLinkLocal",
    "::ffff:169.254.169.254": "isLinkLocal",
    "fe80::1%eth0": "isLinkLocal",
    "febf::": "isLinkLocal",
    "fec0::1": "isSiteLocal isGlobal",
    "fc00::1": "isUniqueLocalUnicast isPrivateUse isGlobal",
    "fdff::": "isUniqueLocalUnicast isPrivateUse isGlobal",
    "10.0.0.1": "isPrivateUse isGlobal",
    "172.16.0.1": "isPrivateUse isGlobal",
    "172.31.255.255": "isPrivateUse isGlobal",
    "172.32.0.1": "isGlobal",
    "192.168.255.1": "isPrivateUse isGlobal",
    "::ffff:192.168.0.1": "isPrivateUse isGlobal",
    "192.169.0.1": "isGlobal",
    "8.8.8.8": "isGlobal",
    "2001:db8::1": "isGlobal",
    "224.0.0.1": "isMulticast",
    "239.255.255.255": "isMulticast",
    "::ffff:224.0.0.1": "isMulticast",
    "ff02::1": "isMulticast",
    "255.255.255.255": "isBroadcast",
    "240.0.0.1": "",
    "0.0.0.0": "",
    "0.1.2.3": "",
    "::": "",
  };
  for (const [address, expected] of Object.entries(rows)) {
    const value = new HostAddress(address);
    assertEquals(classes.filter((name) => value[name]).join(" "), expected, address);
  }
  for (const value of [HostAddress.null, HostAddress.any]) {
    assertEquals(classes.filter((name) => value[name]), []);
  }
});

Deno.test("HostAddress gives bytes and numbers", () => {
  const mapped = [...new Uint8Array(10), 255, 255, 1, 2, 3, 4];
  const v4 = new HostAddress("1.2.3.4");
  assertEquals([...v4.toBytes()], [1, 2, 3, 4]);
  assertEquals([...v4.toIPv6Address()!], mapped);
  assertEquals(v4.toIPv4Address(), 0x01020304);
  assertEquals(new HostAddress("::ffff:1.2.3.4").toIPv4Address(), 0x01020304);
  assertEquals([...new HostAddress("::ffff:1.2.3.4").toBytes()], mapped);
  assertEquals(new HostAddress("::1").toIPv4Address(), null);
  assertEquals([HostAddress.any, HostAddress.anyIPv6].map((it) => it.toIPv4Address()), [0, 0]);
  assertEquals(HostAddress.any.toBytes(), new Uint8Array(16));
  assertEquals([HostAddress.null.toBytes().length, HostAddress.null.toIPv6Address()], [0, null]);
  HostAddress.localHostIPv6.toBytes().fill(7);
  assertEquals(`${HostAddress.localHostIPv6}`, "::1");
});
