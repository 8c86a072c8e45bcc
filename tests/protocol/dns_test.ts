import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  dnsOverStream,
  dnsResponseCodes,
  encodeDnsQuery,
  parseDnsReply,
  reverseName,
} from "../../protocol/dns.ts";
import type { DnsType } from "../../protocol/dns_record.ts";
import { LocalProtocolError } from "../../protocol/error.ts";
import { HostAddress } from "../../protocol/host_address.ts";
import { dialogue, play } from "../_support/play.ts";
import { answer, hex, parse, query, reply, wireName } from "./_dns_replies.ts";
import { vectors } from "./_dns_vectors.ts";

Deno.test("encodeDnsQuery() asks with recursion, the AD bit and EDNS", () => {
  assertEquals(
    encodeDnsQuery(query),
    hex(`1234 0120 0001 0000 0000 0001 ${wireName} 0001 0001 00 0029 04d0 00000000 0000`),
  );
  assertEquals(
    encodeDnsQuery({ id: 7, name: ".", type: "CAA" }, { payloadSize: 0 }),
    hex("0007 0120 0001 0000 0000 0000 00 0101 0001"),
  );
});

Deno.test("encodeDnsQuery() reads names as RFC 1035 §5.1 writes them", () => {
  const name = (name: string) => {
    return encodeDnsQuery({ ...query, name }, { payloadSize: 0 }).subarray(12, -4).toHex();
  };
  assertEquals(name("a.example."), name("a.example"));
  assertEquals(name("\\097.ex\\097mple"), name("a.example"));
  assertEquals(name("a\\.b"), "03612e6200");
  assertEquals(name("a\\\\b"), "03615c6200");
  assertEquals(name("\\000\\255"), "0200ff00");
  assertEquals(name("x".repeat(63)).length, 2 * 65);
  assertEquals(name("x.".repeat(127)).length, 2 * 255);
});

Deno.test("parseDnsReply() reads what BIND sends", () => {
  for (const { type, name, message, answers } of vectors) {
    assertEquals(parseDnsReply(hex(message), { id: 0x1234, name, type }), {
      responseCode: dnsResponseCodes.noError,
      isTruncated: false,
      isAuthenticData: false,
      answers,
    });
  }
});

Deno.test("parseDnsReply() takes no more than its records from a message", () => {
  const message = reply(answer(1, "c0000201"));
  assertEquals(parse(Uint8Array.of(...message, 1, 2, 3)), parse(message));
});

Deno.test("parseDnsReply() compares names without regard to case or escapes", () => {
  const message = reply("", { question: "01 41 07 4578414d504c65 00 0001 0001" });
  for (const name of ["a.example", "A.EXAMPLE.", "\\097.example"]) {
    assertEquals(parseDnsReply(message, { ...query, name }).responseCode, 0);
  }
});

Deno.test("parseDnsReply() takes a refusal without a question", () => {
  for (const code of [1, 2, 4, 5]) {
    const message = reply("", { flags: 0x8180 | code, question: "", questions: 0 });
    assertEquals(parse(message).responseCode, code);
  }
});

Deno.test("parseDnsReply() joins the response code of EDNS, and reads the AD bit", () => {
  const additional = "00 0029 04d0 01 00 8000 0000";
  assertEquals(parse(reply("", { additional })).responseCode, dnsResponseCodes.badVersion);
  assert(parse(reply("", { flags: 0x81a0 })).isAuthenticData);
});

Deno.test("parseDnsReply() reads no records of a truncated reply", () => {
  const whole = reply([answer(1, "c0000201"), answer(1, "c0000202")], { flags: 0x8380 });
  const { answers, isTruncated } = parse(whole.slice(0, -3));
  assertEquals([answers, isTruncated], [[], true]);
});

Deno.test("parseDnsReply() passes unknown types and classes by", () => {
  const known = answer(1, "c0000201");
  const others = [answer(46, "00ff"), answer(1, "c0000202", { class_: 3 }), answer(255, "")];
  assertEquals(parse(reply([...others, known])), parse(reply(known)));
});

Deno.test("parseDnsReply() takes a lifetime with the top bit for 0", () => {
  const ttls = [0x7fffffff, 0x80000000, 0xffffffff];
  const message = reply(ttls.map((ttl) => answer(1, "c0000201", { ttl })));
  assertEquals(parse(message).answers.map(({ timeToLive }) => timeToLive), [0x7fffffff, 0, 0]);
});

Deno.test("parseDnsReply() escapes what would be read as something else", () => {
  const data = "05 612e625c20 04 00ff7e21 00";
  const [record] = parse(reply(answer(5, data))).answers;
  assertEquals(record?.type === "CNAME" && record.value, "a\\.b\\\\\\032.\\000\\255~!");
  assertEquals(parse(reply(answer(5, "00"))).answers[0], {
    type: "CNAME",
    name: "a.example",
    timeToLive: 60,
    value: ".",
  });
});

Deno.test("parseDnsReply() ignores the parameters of a service's other name", () => {
  const [record] = parse(reply(answer(65, "0000 0161 00 0003 0001 01"))).answers;
  assertEquals(record?.type === "HTTPS" && [record.target, record.port], ["a", null]);
});

Deno.test("dnsOverStream() frames both messages, however they are cut", () => {
  const message = encodeDnsQuery(query);
  const events = play(() => dialogue((reader) => dnsOverStream(reader, message)), "\0\x03abcd");
  assertEquals(events, [
    { type: "sent", bytes: Uint8Array.of(0, message.length, ...message) },
    { type: "value", value: new TextEncoder().encode("abc") },
    { type: "rest", bytes: new TextEncoder().encode("d") },
  ]);
});

Deno.test("dnsOverStream() tells when the server closes before it has replied", () => {
  for (const input of ["\0", "\0\x03ab"]) {
    const events = play(
      () => dialogue((reader) => dnsOverStream(reader, encodeDnsQuery(query))),
      input,
    );
    const { error } = events.at(-1) as { error: { name: string; code: string } };
    assertEquals([error.name, error.code], ["RemoteProtocolError", "closed"]);
  }
});

Deno.test("reverseName() is where an address has its name", () => {
  assertEquals(reverseName(new HostAddress("192.0.2.1")), "1.2.0.192.in-addr.arpa");
  assertEquals(
    reverseName(new HostAddress("4321:0:1:2:3:4:567:89ab")),
    "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa",
  );
  assertThrows(() => reverseName(HostAddress.null), LocalProtocolError);
});

// What a type's number is, is nothing to get wrong twice (IANA's registry).
Deno.test("encodeDnsQuery() knows the numbers of the types", () => {
  const numbers: Record<DnsType, number> = {
    A: 1,
    NS: 2,
    CNAME: 5,
    SOA: 6,
    PTR: 12,
    MX: 15,
    TXT: 16,
    AAAA: 28,
    SRV: 33,
    TLSA: 52,
    SVCB: 64,
    HTTPS: 65,
    ANY: 255,
    CAA: 257,
  };
  for (const [type, number] of Object.entries(numbers)) {
    const bytes = encodeDnsQuery({ id: 0, name: ".", type: type as DnsType });
    assertEquals(bytes[13]! << 8 | bytes[14]!, number);
  }
});
