import { assert, assertEquals } from "@std/assert";
import { inOrderOfTrial, orderServices } from "../../protocol/dns_order.ts";
import type { DnsRecord, DnsServiceRecord } from "../../protocol/dns_record.ts";
import { HostAddress } from "../../protocol/host_address.ts";
import { random } from "../_support/play.ts";

const head = { name: "example.com", timeToLive: 60 };

function services(...list: readonly (readonly [string, number, number])[]): DnsServiceRecord[] {
  return list.map(([target, priority, weight]) => ({
    type: "SRV",
    ...head,
    target,
    port: 1,
    priority,
    weight,
  }));
}

const targets = (records: readonly DnsServiceRecord[]) =>
  records.map(({ target }) => target).join("");

/** How often each order comes, in so many draws. */
function orders(records: readonly DnsServiceRecord[], draws: number): Record<string, number> {
  const next = random(1);
  const counts: Record<string, number> = {};
  for (let i = 0; i < draws; i++) {
    const order = targets(orderServices(records, next));
    counts[order] = (counts[order] ?? 0) + 1;
  }
  return counts;
}

Deno.test("orderServices() goes by priority, whatever the weights", () => {
  const records = services(["c", 20, 65535], ["a", 0, 0], ["d", 65535, 1], ["b", 10, 1]);
  assertEquals(targets(orderServices(records, Math.random)), "abcd");
});

Deno.test("orderServices() draws by weight among equals", () => {
  const counts = orders(services(["a", 0, 1], ["b", 0, 3]), 10_000);
  // RFC 2782 draws from 0 to the sum, both included: "a" wins with 0 and 1 of 0 to 4.
  assert(Math.abs(counts["ab"]! / 10_000 - 2 / 5) < 0.02, JSON.stringify(counts));
  assertEquals(Object.keys(counts).sort(), ["ab", "ba"]);
});

Deno.test("orderServices() leaves weight 0 a very small chance", () => {
  const counts = orders(services(["a", 0, 999], ["z", 0, 0]), 10_000);
  assert(counts["za"]! > 0 && counts["za"]! < 40, JSON.stringify(counts));
});

Deno.test("orderServices() takes the ends of the random numbers", () => {
  const records = services(["a", 0, 2], ["b", 0, 5], ["c", 0, 0]);
  assertEquals(targets(orderServices(records, () => 0)), "cab");
  assertEquals(targets(orderServices(records, () => 1 - 2 ** -53)), "bac");
  assertEquals(orderServices([], Math.random), []);
  // The second lot is drawn from what is left: 1 of 0 to 4, not 2 of 0 to 6.
  assertEquals(
    targets(orderServices(services(["a", 0, 1], ["b", 0, 2], ["c", 0, 3]), () => 0.3)),
    "bac",
  );
});

Deno.test("inOrderOfTrial() sorts mail servers by preference, equals by chance", () => {
  const mail = (exchange: string, preference: number): DnsRecord => ({
    type: "MX",
    ...head,
    exchange,
    preference,
  });
  const records = [mail("d", 20), mail("b", 10), mail("c", 10), mail("a", 5)];
  const next = random(1);
  const seen = new Set<string>();
  for (let i = 0; i < 50; i++) {
    const order = inOrderOfTrial(records, next);
    seen.add(order.map((record) => record.type === "MX" ? record.exchange : "").join(""));
  }
  assertEquals([...seen].sort(), ["abcd", "acbd"]);
});

Deno.test("inOrderOfTrial() sorts services of both kinds, and leaves all else as it came", () => {
  const binding = (priority: number): DnsRecord => ({
    type: "HTTPS",
    ...head,
    priority,
    target: ".",
    mandatory: [],
    alpn: [],
    noDefaultAlpn: false,
    port: null,
    addressHints: [],
    ech: null,
    parameters: new Map(),
  });
  const address = (text: string): DnsRecord => ({
    type: "A",
    ...head,
    value: new HostAddress(text),
  });
  const [late, soon] = services(["late", 2, 0], ["soon", 1, 0]);
  const [two, one] = [binding(2), binding(1)];
  const [b, a] = [address("192.0.2.2"), address("192.0.2.1")];
  assertEquals(
    inOrderOfTrial([late!, two, b, soon!, one, a], Math.random),
    [b, a, one, two, soon!, late!],
  );
});
