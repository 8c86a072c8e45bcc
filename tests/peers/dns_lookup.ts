/** DnsLookup with BIND 9 and dnsmasq as the name servers. */
import { assertEquals, assertRejects } from "@std/assert";
import { DnsLookup } from "../../net/dns_lookup.ts";
import { DnsLookupError, type DnsLookupErrorCode } from "../../net/dns_lookup_error.ts";
import type { DnsRecord, DnsType } from "../../protocol/dns_record.ts";
import { type NameServerPeer, startBind, startDnsmasq } from "../_support/peers/name_servers.ts";

const zone = String.raw`
$TTL 3600
@           IN SOA   ns host\.master 2026010203 7200 900 1209600 300
@           IN NS    ns
@       300 IN A     192.0.2.1
@       600 IN AAAA  2001:db8::1
ns          IN A     192.0.2.53
www      60 IN CNAME @
xn--bcher-kva IN A   192.0.2.2
odd\.label  IN A     192.0.2.9
@           IN MX    20 mail2
@           IN MX    10 mail1
@           IN TXT   "v=spf1 -all" "second \"string\""
@           IN TXT   "\000\255"
@           IN CAA   128 issue "ca.example.net; account=1"
@           IN HTTPS 1 . alpn=h2,h3 port=8443 ipv4hint=192.0.2.1 ipv6hint=2001:db8::1 mandatory=port
alias       IN HTTPS 0 www
_service    IN SVCB  2 svc.example.net. alpn=foo no-default-alpn key65333=value
_ldap._tcp  IN SRV   1 0 390 c
_ldap._tcp  IN SRV   0 1 389 a
_443._tcp   IN TLSA  3 1 1 ${"0123456789abcdef".repeat(4)}
pointer     IN PTR   www
${Array.from({ length: 60 }, (_, i) => `big IN TXT "${"x".repeat(200)}${i}"`).join("\n")}
`;

/** A record as `dig` would print it, without its kind. */
function line(record: DnsRecord): string {
  const { name, timeToLive, type, ...data } = record;
  const words = Object.values(data).map((value) =>
    value instanceof Map
      ? [...value.keys()].join("+")
      : [value].flat().map((each) => each instanceof Uint8Array ? each.toHex() : `${each}`).join()
  );
  return `${name} ${timeToLive} ${type} ${words.join(" ")}`;
}

async function lines(server: NameServerPeer, type: DnsType, name: string): Promise<string[]> {
  const { records } = await DnsLookup.resolve(type, name, server.options);
  return records.map(line);
}

async function fails(
  server: NameServerPeer,
  expected: DnsLookupErrorCode,
  name: string,
): Promise<void> {
  const error = await assertRejects(
    () => DnsLookup.resolve("A", name, server.options),
    DnsLookupError,
  );
  assertEquals(error.code, expected, error.message);
}

Deno.test("DnsLookup reads all kinds of records from BIND", async () => {
  await using server = await startBind(zone);
  const bytes = (text: string) => new TextEncoder().encode(text).toHex();
  const expected: [type: DnsType, name: string, lines: string[]][] = [
    ["A", "example.com", ["example.com 300 A 192.0.2.1"]],
    ["AAAA", "example.com.", ["example.com 600 AAAA 2001:db8::1"]],
    ["A", "www.example.com", [
      "www.example.com 60 CNAME example.com",
      "example.com 300 A 192.0.2.1",
    ]],
    ["A", "bücher.example.com", ["xn--bcher-kva.example.com 3600 A 192.0.2.2"]],
    ["A", "odd\\.label.example.com", ["odd\\.label.example.com 3600 A 192.0.2.9"]],
    ["NS", "example.com", ["example.com 3600 NS ns.example.com"]],
    ["PTR", "pointer.example.com", ["pointer.example.com 3600 PTR www.example.com"]],
    ["MX", "example.com", [
      "example.com 3600 MX mail1.example.com 10",
      "example.com 3600 MX mail2.example.com 20",
    ]],
    ["SRV", "_ldap._tcp.example.com", [
      "_ldap._tcp.example.com 3600 SRV a.example.com 389 0 1",
      "_ldap._tcp.example.com 3600 SRV c.example.com 390 1 0",
    ]],
    ["CAA", "example.com", ["example.com 3600 CAA true issue ca.example.net; account=1"]],
    ["TLSA", "_443._tcp.example.com", [
      `_443._tcp.example.com 3600 TLSA 3 1 1 ${"0123456789abcdef".repeat(4)}`,
    ]],
    ["SOA", "example.com", [
      "example.com 3600 SOA ns.example.com host\\.master.example.com 2026010203 7200 900 1209600 300",
    ]],
    ["HTTPS", "example.com", [
      "example.com 3600 HTTPS 1 . 3 h2,h3 false 8443 192.0.2.1,2001:db8::1 null 0+1+3+4+6",
    ]],
    ["HTTPS", "alias.example.com", [
      "alias.example.com 3600 HTTPS 0 www.example.com   false null  null ",
    ]],
    ["SVCB", "_service.example.com", [
      "_service.example.com 3600 SVCB 2 svc.example.net  foo true null  null 1+2+65333",
    ]],
  ];
  for (const [type, name, records] of expected) {
    assertEquals(await lines(server, type, name), records);
  }
  assertEquals((await lines(server, "TXT", "example.com")).toSorted(), [
    "example.com 3600 TXT 00ff",
    `example.com 3600 TXT ${bytes("v=spf1 -all")},${bytes('second "string"')}`,
  ]);
});

Deno.test("DnsLookup takes from BIND over TCP what does not fit", async () => {
  await using server = await startBind(zone);
  assertEquals((await lines(server, "TXT", "big.example.com")).length, 60);
  const { records } = await DnsLookup.resolve("ANY", "example.com", server.options);
  const kinds = new Set(records.map(({ type }) => type));
  assertEquals([...kinds].sort(), ["A", "AAAA", "CAA", "HTTPS", "MX", "NS", "SOA", "TXT"]);
});

Deno.test("DnsLookup tells what BIND says in Qt's words", async () => {
  await using server = await startBind(zone);
  await fails(server, "notFound", "nobody.example.com");
  await fails(server, "serverRefused", "example.org");
  assertEquals(await lines(server, "MX", "ns.example.com"), []);
});

Deno.test("DnsLookup reads records from dnsmasq", async () => {
  await using server = await startDnsmasq([
    "local=/example.com/",
    "host-record=www.example.com,192.0.2.1,2001:db8::1,300",
    "cname=web.example.com,www.example.com,30",
    "mx-host=example.com,mail.example.com,5",
    "srv-host=_ldap._tcp.example.com,ldap.example.com,389,1,2",
    "txt-record=example.com,one,two",
    "caa-record=example.com,0,issue,ca.example.net",
  ]);
  const one = async (type: DnsType, name: string) => (await lines(server, type, name)).join("; ");
  assertEquals(await one("A", "www.example.com"), "www.example.com 300 A 192.0.2.1");
  assertEquals(await one("AAAA", "www.example.com"), "www.example.com 300 AAAA 2001:db8::1");
  assertEquals(
    await one("A", "web.example.com"),
    "web.example.com 30 CNAME www.example.com; www.example.com 300 A 192.0.2.1",
  );
  assertEquals(await one("MX", "example.com"), "example.com 0 MX mail.example.com 5");
  assertEquals(
    await one("SRV", "_ldap._tcp.example.com"),
    "_ldap._tcp.example.com 0 SRV ldap.example.com 389 1 2",
  );
  assertEquals(await one("TXT", "example.com"), "example.com 0 TXT 6f6e65,74776f");
  assertEquals(await one("CAA", "example.com"), "example.com 0 CAA false issue ca.example.net");
  const { pointerRecords } = await DnsLookup.resolve("PTR", "2001:db8::1", server.options);
  assertEquals(pointerRecords.map(({ value }) => value), ["www.example.com"]);
  await fails(server, "notFound", "nobody.example.com");
  await fails(server, "serverRefused", "example.org");
});
