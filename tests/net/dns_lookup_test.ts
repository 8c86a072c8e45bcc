import { assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { DnsLookup } from "../../net/dns_lookup.ts";
import { HostAddress } from "../../protocol/host_address.ts";
import { answers, fails, record, replyTo, scriptedServer, silent } from "./_name_server.ts";

Deno.test("DnsLookup.lookup() finds records with their lifetimes", async () => {
  await using server = await scriptedServer(answers);
  using lookup = new DnsLookup("A", "a.example", server.options);
  assertEquals([lookup.isFinished, lookup.error, lookup.records], [false, null, []]);
  lookup.lookup();
  assertEquals(lookup.isFinished, false);
  await lookup.finished.next({ timeout: 5000 });
  assertEquals([lookup.isFinished, lookup.error, lookup.errorString], [true, null, ""]);
  assertEquals(lookup.hostAddressRecords, [
    { type: "A", name: "a.example", timeToLive: 60, value: HostAddress.localHost },
  ]);
  assertEquals(lookup.isAuthenticData, false);
  assertEquals(server.asked, ["+a.example"]);
});

Deno.test("DnsLookup sorts answers by their kinds", async () => {
  const name = [1, 120, 0];
  const all = [
    record(1, [127, 0, 0, 1]),
    record(28, [...HostAddress.localHostIPv6.toBytes()]),
    record(5, name),
    record(2, name),
    record(12, name),
    record(15, [0, 9, ...name]),
    record(15, [0, 1, ...name]),
    record(33, [0, 2, 0, 0, 0, 7, ...name]),
    record(33, [0, 1, 0, 0, 0, 7, ...name]),
    record(16, [1, 97]),
    record(52, [3, 1, 1, 255]),
    record(64, [0, 1, 0]),
    record(65, [0, 0, 0]),
    record(257, [0, 5, 105, 115, 115, 117, 101, 97]),
    record(6, [...name, ...name, ...new Uint8Array(20)]),
  ];
  await using server = await scriptedServer((query) => [replyTo(query, { answers: all })]);
  const lookup = await DnsLookup.resolve("ANY", "a.example", server.options);
  assertEquals(lookup.records.length, all.length);
  assertEquals(lookup.hostAddressRecords.map(({ value }) => `${value}`), ["127.0.0.1", "::1"]);
  assertEquals(lookup.canonicalNameRecords.map(({ value }) => value), ["x"]);
  assertEquals(lookup.nameServerRecords.map(({ value }) => value), ["x"]);
  assertEquals(lookup.pointerRecords.map(({ value }) => value), ["x"]);
  assertEquals(lookup.mailExchangeRecords.map(({ preference }) => preference), [1, 9]);
  assertEquals(lookup.serviceRecords.map(({ priority }) => priority), [1, 2]);
  assertEquals(lookup.textRecords.map(({ values }) => values), [[Uint8Array.of(97)]]);
  assertEquals(lookup.tlsAssociationRecords.map(({ value }) => value), [Uint8Array.of(255)]);
  assertEquals(lookup.serviceBindingRecords.map(({ type }) => type), ["HTTPS", "SVCB"]);
  assertEquals(lookup.certificationAuthorityRecords.map(({ tag }) => tag), ["issue"]);
  assertEquals(lookup.startOfAuthorityRecords.map(({ primary }) => primary), ["x"]);
});

Deno.test("DnsLookup takes an answer without records for no error", async () => {
  await using server = await scriptedServer((query) => [replyTo(query, { flags: 0x81a0 })]);
  const { error, isAuthenticData, records } = await DnsLookup.resolve("MX", "a", server.options);
  assertEquals([error, records, isAuthenticData], [null, [], true]);
});

Deno.test("DnsLookup.abort() ends it at once with operationCancelled", async () => {
  await using server = await scriptedServer(silent);
  const lookup = new DnsLookup("A", "a.example", server.options);
  let finished = 0;
  lookup.finished.connect(() => finished++);
  lookup.abort();
  assertEquals([finished, lookup.error], [0, null]);
  lookup.lookup();
  lookup.abort();
  assertEquals([finished, lookup.error, lookup.isFinished], [1, "operationCancelled", true]);
  assertEquals(
    lookup.errorString,
    'Cannot look up A of "a.example": the look-up was aborted',
  );
  lookup.abort();
  assertEquals(finished, 1);
});

Deno.test("DnsLookup.lookup() begins anew, and forgets what was under way", async () => {
  await using server = await scriptedServer(answers);
  using lookup = new DnsLookup("A", "a.example", server.options);
  let finished = 0;
  lookup.finished.connect(() => finished++);
  lookup.lookup();
  lookup.lookup();
  assertEquals(lookup.isFinished, false);
  await lookup.finished.next({ timeout: 5000 });
  lookup.lookup();
  assertEquals([lookup.isFinished, lookup.records], [false, []]);
  await lookup.finished.next({ timeout: 5000 });
  assertEquals([finished, lookup.records.length], [2, 1]);
});

Deno.test("DnsLookup.resolve() rejects with the signal's reason", async () => {
  await using server = await scriptedServer(silent);
  const reason = new Error("enough");
  const controller = new AbortController();
  const options = { ...server.options, signal: controller.signal };
  const lookup = DnsLookup.resolve("A", "a.example", options);
  controller.abort(reason);
  assertStrictEquals(await assertRejects(() => lookup), reason);
  assertStrictEquals(
    await assertRejects(() => DnsLookup.resolve("A", "a.example", options)),
    reason,
  );
});

Deno.test("DnsLookup asks for international names by their ACE form, and for addresses' names", async () => {
  await using server = await scriptedServer(answers);
  await DnsLookup.resolve("A", "bücher.example", server.options);
  await DnsLookup.resolve("PTR", "192.0.2.1", server.options);
  await DnsLookup.resolve("PTR", "1.2.0.192.in-addr.arpa.", server.options);
  assertEquals(server.asked, [
    "+xn--bcher-kva.example",
    "+1.2.0.192.in-addr.arpa",
    "+1.2.0.192.in-addr.arpa",
  ]);
});

Deno.test("DnsLookup tells names that cannot be, asynchronously and without asking", async () => {
  await using server = await scriptedServer(answers);
  for (const name of ["", "a..b", `${"x".repeat(64)}.example`, "x.".repeat(128), "a b"]) {
    using lookup = new DnsLookup("A", name, server.options);
    lookup.lookup();
    assertEquals(lookup.isFinished, false);
    await lookup.finished.next({ timeout: 5000 });
    assertEquals(lookup.error, "invalidRequest");
  }
  assertEquals(server.asked, []);
});

Deno.test("DnsLookup refuses what cannot be asked when it is made", () => {
  const make = (options: object, type = "A") => () => new DnsLookup(type as "A", "a", options);
  assertThrows(make({}, "NAPTR"), TypeError, 'Cannot look up "NAPTR": no such type of record');
  assertThrows(make({}, "toString"), TypeError);
  assertThrows(make({ nameserver: "dns.example" }), TypeError);
  assertThrows(make({ nameserver: HostAddress.null }), TypeError);
  assertThrows(make({ protocol: "https", port: 443 }), TypeError);
  for (const port of [0, 65536, 1.5, NaN]) assertThrows(make({ port }), RangeError);
  for (const attempts of [0, NaN]) assertThrows(make({ attempts }), RangeError);
  for (const attemptTimeout of [0, -1, NaN]) assertThrows(make({ attemptTimeout }), RangeError);
});

Deno.test("DnsLookup knows its protocols and their ports", async () => {
  assertEquals(DnsLookup.defaultPortForProtocol("standard"), 53);
  assertEquals(DnsLookup.defaultPortForProtocol("dnsOverTls"), 853);
  assertEquals(DnsLookup.isProtocolSupported("standard"), true);
  const { nameserver, nameserverPort, nameserverProtocol } = new DnsLookup("A", "a", {
    nameserver: HostAddress.localHost,
    protocol: "dnsOverTls",
  });
  assertEquals([`${nameserver}`, nameserverPort], ["127.0.0.1", 853]);
  if (DnsLookup.isProtocolSupported(nameserverProtocol)) return;
  await fails("resolver", { nameserver: "127.0.0.1", protocol: "dnsOverTls" });
});
