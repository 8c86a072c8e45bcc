import { assertEquals } from "@std/assert";
import { encodeDnsQuery } from "../../protocol/dns.ts";
import type { DnsType } from "../../protocol/dns_record.ts";
import { dnsTypes } from "../../protocol/dns_types.ts";

Deno.test("dnsTypes are the numbers of the registry, and what a query asks for", () => {
  const registry: Record<DnsType, number> = {
    ...{ A: 1, NS: 2, CNAME: 5, SOA: 6, PTR: 12, MX: 15, TXT: 16, AAAA: 28, SRV: 33, TLSA: 52 },
    ...{ SVCB: 64, HTTPS: 65, ANY: 255, CAA: 257 },
  };
  assertEquals(dnsTypes, registry);
  for (const [type, number] of Object.entries(registry)) {
    const query = encodeDnsQuery({ id: 0, name: "a", type: type as DnsType }, { payloadSize: 0 });
    assertEquals(new DataView(query.buffer).getUint16(query.length - 4), number, type);
  }
});
