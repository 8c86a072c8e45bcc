import { assert, assertEquals } from "@std/assert";
import { domainIn, nameServersIn, systemNameServers } from "../../net/_name_servers.ts";

const conf = `
# nameserver 192.0.2.9
domain old.example
search corp.example. other.example
nameserver 192.0.2.1
nameserver\t2001:db8::1
  nameserver 192.0.2.8
options timeout:1
`;

Deno.test("nameServersIn() finds what resolv.conf names, in order", () => {
  assertEquals(nameServersIn(conf), ["192.0.2.1", "2001:db8::1"]);
});

Deno.test("nameServersIn() falls back on this machine, as resolv.conf(5) says", () => {
  assertEquals(nameServersIn("search corp.example"), ["127.0.0.1"]);
});

Deno.test("domainIn() takes the last word on the domain", () => {
  assertEquals(domainIn(conf), "corp.example");
  assertEquals(domainIn("search a.example\ndomain b.example # ours"), "b.example");
  assertEquals(domainIn("search .\n"), "");
  assertEquals(domainIn("search\nnameserver 192.0.2.1\n"), "");
  assertEquals(domainIn(""), "");
});

Deno.test({
  name: "systemNameServers() may be asked with --allow-sys=networkInterfaces",
  permissions: { sys: ["networkInterfaces"] },
  fn() {
    const servers = systemNameServers()!;
    const texts = servers.map(({ address, port }) => `${address} ${port}`);
    assertEquals(texts.length, new Set(texts).size);
    assert(servers.every(({ address, port }) => !address.isNull && port > 0));
  },
});

Deno.test({
  name: "systemNameServers() may be asked with --allow-read=/etc/resolv.conf",
  permissions: { read: ["/etc/resolv.conf"] },
  ignore: Deno.build.os === "windows",
  fn() {
    assert(Array.isArray(systemNameServers()));
  },
});

Deno.test({
  name: "systemNameServers() is null where the servers may not be known",
  permissions: "none",
  fn() {
    assertEquals(systemNameServers(), null);
  },
});
