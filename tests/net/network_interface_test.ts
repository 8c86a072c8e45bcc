import { assert, assertEquals, assertThrows } from "@std/assert";
import { PermissionError, PermissionScope } from "../../core/permission.ts";
import { NetworkInterface } from "../../net/network_interface.ts";
import { HostAddress } from "../../protocol/host_address.ts";

function loopback(): NetworkInterface {
  const found = NetworkInterface.allInterfaces().find(({ addressEntries }) =>
    addressEntries.some(({ ip }) => ip.equals(HostAddress.localHost, []))
  );
  assert(found !== undefined);
  return found;
}

Deno.test("NetworkInterface.allInterfaces() shows what Deno shows, once each", () => {
  const interfaces = NetworkInterface.allInterfaces();
  const names = interfaces.map(({ name }) => name);
  assertEquals(names.length, new Set(names).size);
  for (const { name, address, cidr } of Deno.networkInterfaces()) {
    const { addressEntries } = interfaces.find((each) => each.name === name)!;
    const entry = addressEntries.find(({ ip }) => ip.equals(new HostAddress(address), []))!;
    assertEquals(`${address}/${entry.prefixLength}`, cidr);
  }
});

Deno.test("NetworkInterface of the loopback address knows its kind and network", () => {
  const { addressEntries, hardwareAddress, humanReadableName, name, type } = loopback();
  const entry = addressEntries.find(({ ip }) => ip.protocol === "ipv4")!;
  assertEquals([type, hardwareAddress, humanReadableName], ["loopback", "", name]);
  assertEquals([entry.prefixLength, `${entry.netmask}`], [8, "255.0.0.0"]);
  assert(entry.broadcast.isNull);
});

if (Deno.build.os === "linux") {
  Deno.test("NetworkInterface knows numbers, flags and sizes with all permissions", () => {
    const { flags, index, maximumTransmissionUnit, name } = loopback();
    assert(flags !== null && index !== null && maximumTransmissionUnit !== null);
    assert(flags.isSupersetOf(new Set(["isUp", "isRunning", "isLoopBack"])));
    assert(!flags.has("isPointToPoint"));
    assert(maximumTransmissionUnit >= 1_500);
    assertEquals(NetworkInterface.interfaceFromIndex(index)?.name, name);
    assertEquals(NetworkInterface.interfaceIndexFromName(name), index);
    assertEquals(NetworkInterface.interfaceNameFromIndex(index), name);
    assertEquals(NetworkInterface.interfaceFromName(`${index}`)?.name, name);
  });
}

Deno.test("NetworkInterface that is not there is null", () => {
  for (const name of ["", "no such interface", "../lo", ".."]) {
    assertEquals(NetworkInterface.interfaceFromName(name), null);
    assertEquals(NetworkInterface.interfaceIndexFromName(name), null);
  }
  assertEquals(NetworkInterface.interfaceFromIndex(123_456), null);
  assertEquals(NetworkInterface.interfaceNameFromIndex(123_456), null);
});

Deno.test("NetworkInterface.allAddresses() has the loopback address, and zones on link-local ones", () => {
  const addresses = NetworkInterface.allAddresses();
  assert(addresses.some((ip) => ip.equals(HostAddress.localHost, "strict")));
  for (const ip of addresses) {
    assertEquals(ip.scopeId !== "", ip.protocol === "ipv6" && ip.isLinkLocal);
  }
});

Deno.test({
  name: "NetworkInterface without all permissions says null for what it cannot know",
  permissions: { sys: ["networkInterfaces"] },
  fn: () => {
    const { flags, maximumTransmissionUnit, type } = loopback();
    assertEquals([flags, maximumTransmissionUnit, type], [null, null, "loopback"]);
    assert(NetworkInterface.allAddresses().length > 0);
  },
});

Deno.test({
  name: "NetworkInterface without permission names the flag",
  permissions: "none",
  fn: () => {
    const error = assertThrows(() => NetworkInterface.allInterfaces(), PermissionError);
    assertEquals(error.flag, "--allow-sys=networkInterfaces");
  },
});

Deno.test("NetworkInterface asks the scope", () => {
  const scope = new PermissionScope({ sys: ["hostname"] });
  const error = assertThrows(() => NetworkInterface.allAddresses({ scope }), PermissionError);
  assertEquals(error.refusedBy, "scope");
  const wider = new PermissionScope({ sys: ["networkInterfaces"] });
  assert(NetworkInterface.allInterfaces({ scope: wider }).length > 0);
});
