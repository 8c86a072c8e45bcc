import { assert, assertEquals, assertThrows } from "@std/assert";
import { encodeDnsQuery, MISMATCH, parseDnsReply } from "../../protocol/dns.ts";
import { LocalProtocolError, RemoteProtocolError } from "../../protocol/error.ts";
import { junk } from "../_support/junk.ts";
import { answer, hex, parse, query, reply, wireName } from "./_dns_replies.ts";
import { vectors } from "./_dns_vectors.ts";

type Bytes = Uint8Array<ArrayBuffer>;

function refuses(message: Bytes, so: string, code = "protocol"): void {
  const error = assertThrows(() => parse(message), RemoteProtocolError);
  assertEquals([error.message, error.code], [`Cannot read a DNS message: ${so}`, code]);
}

Deno.test("encodeDnsQuery() refuses what can be no name", () => {
  const cases: [name: string, so: string][] = [
    ["", "there is no name"],
    ["a..b", "a label is empty"],
    [".a", "a label is empty"],
    ["a..", "a label is empty"],
    ["..", "a label is empty"],
    ["x".repeat(64), "a label is longer than 63 bytes"],
    ["x.".repeat(128), "it is longer than 255 bytes"],
    ["bücher.example", "it is not visible ASCII"],
    ["a b", "it is not visible ASCII"],
    ["a\n", "it is not visible ASCII"],
    ["a\\256", '"\\256" is no byte'],
    ["a\\", "it ends with a backslash"],
  ];
  for (const [name, so] of cases) {
    const error = assertThrows(() => encodeDnsQuery({ ...query, name }), LocalProtocolError);
    assertEquals(error.message, `Cannot ask for "${name}": ${so}`);
  }
});

Deno.test("parseDnsReply() refuses every message that is cut short", () => {
  for (const { type, name, message } of vectors) {
    const whole = hex(message);
    for (let length = 0; length < whole.length; length++) {
      const cut = whole.slice(0, length);
      assertThrows(() => parseDnsReply(cut, { id: 0x1234, name, type }), RemoteProtocolError);
    }
  }
});

Deno.test("parseDnsReply() tells a reply to another question by its code", () => {
  const cases: [message: Bytes, so: string][] = [
    [hex(""), "it has no whole header"],
    [reply("").slice(0, 11), "it has no whole header"],
    [Uint8Array.of(0x12, 0x35, ...reply("").subarray(2)), "its id is not the query's"],
    [reply("", { flags: 0x0180 }), "it is no reply"],
    [reply("", { flags: 0xa180 }), "it is no reply"],
    [reply("", { question: "", questions: 0 }), "it has 0 questions"],
    [reply("", { question: "", questions: 0, flags: 0x8183 }), "it has 0 questions"],
    [reply("", { question: `${wireName} 00010001`.repeat(2), questions: 2 }), "it has 2 questions"],
    [
      reply("", { question: "01 62 07 6578616d706c65 00 0001 0001" }),
      "its question is not the query's",
    ],
    [reply("", { question: "01 61 00 0001 0001" }), "its question is not the query's"],
    [reply("", { question: `${wireName} 001c 0001` }), "its question is not the query's"],
    [reply("", { question: `${wireName} 0001 0003` }), "its question is not the query's"],
  ];
  for (const [message, so] of cases) refuses(message, so, MISMATCH);
});

Deno.test("parseDnsReply() refuses names that run in circles, ahead, or on and on", () => {
  const astray = "a name points astray";
  const label = "3f" + "61".repeat(63);
  // The first answer's data begins at 27 + 12.
  const at = (offset: number) => (0xc000 | 27 + 12 + offset).toString(16);
  const cases: [data: string, so: string][] = [
    [at(0), astray],
    [`01 61 ${at(0)}`, astray],
    [`01 61 ${at(2)}`, astray],
    ["ffff", astray],
    ["c000", astray],
    ["c00b", astray],
    ["40 00", "a label has an unknown form"],
    ["80 00", "a label has an unknown form"],
    [label.repeat(4) + "00", "a name is longer than 255 bytes"],
    ["01", "it is cut short"],
    ["c0", "it is cut short"],
  ];
  for (const [data, so] of cases) refuses(reply(answer(5, data)), so);
  // Two names that point to one another: the first leads ahead.
  refuses(reply([answer(5, at(14)), answer(5, at(0))]), astray);
});

Deno.test("parseDnsReply() follows a chain of pointers, but not a long one", () => {
  // Data of an unknown type: a name, and pointers each to the one before.
  const chain = (length: number) => {
    const start = 27 + 12;
    const pointers = Array.from({ length }, (_, i) => 0xc000 | (i === 0 ? 12 : start + 2 * i - 2));
    const data = pointers.map((pointer) => pointer.toString(16)).join("");
    return reply([answer(9999, data), answer(5, (0xc000 | start + 2 * length - 2).toString(16))]);
  };
  const [record] = parse(chain(126)).answers;
  assertEquals(record?.type === "CNAME" && record.value, "a.example");
  refuses(chain(127), "a name has too many pointers");
});

Deno.test("parseDnsReply() refuses data of another length than its type has", () => {
  const cases: [type: number, data: string, so: string][] = [
    [1, "c00002", "it is cut short"],
    [1, "c000020100", "1 bytes follow a record's data"],
    [28, "20010db8", "it is cut short"],
    [5, "0000", "1 bytes follow a record's data"],
    [15, "000a", "it is cut short"],
    [33, "0001 0002", "it is cut short"],
    [16, "05 6162", "it is cut short"],
    [52, "0301", "it is cut short"],
    [257, "00 05 69", "it is cut short"],
    [257, "00 00 69", "a CAA record's tag is not letters and digits"],
    [257, "00 01 20", "a CAA record's tag is not letters and digits"],
    [6, "00 00 00000001", "it is cut short"],
  ];
  for (const [type, data, so] of cases) refuses(reply(answer(type, data)), so);
});

Deno.test("parseDnsReply() refuses service bindings that RFC 9460 calls malformed", () => {
  const order = "a service's parameters are out of order";
  const mandatory = "a service's mandatory keys are out of order or missing";
  const cases: [parameters: string, so: string][] = [
    ["0003 0002 01bb 0003 0002 01bb", order],
    ["0003 0002 01bb 0001 0003 02 6832", order],
    ["0003 0003 01bb00", "1 bytes follow a record's data"],
    ["0003 0001 01", "it is cut short"],
    ["0003 0004 01bb", "it is cut short"],
    ["0001 0000", "it is cut short"],
    ["0001 0001 00", "a service's protocol is empty"],
    ["0001 0002 02 68", "it is cut short"],
    ["0002 0000", "a service has no-default-alpn without alpn"],
    ["0001 0003 02 6832 0002 0001 00", "1 bytes follow a record's data"],
    ["0004 0000", "it is cut short"],
    ["0004 0005 c000020100", "it is cut short"],
    ["0006 0004 c0000201", "it is cut short"],
    ["0000 0002 0000", mandatory],
    ["0000 0002 0003", mandatory],
    ["0000 0004 0003 0003 0003 0002 01bb", mandatory],
  ];
  for (const [data, so] of cases) refuses(reply(answer(64, `0001 00 ${data}`)), so);
});

Deno.test("parseDnsReply() survives junk", () => {
  for (const { type, name, message } of vectors) {
    const makeProtocol = () => {
      const bytes: number[] = [];
      return {
        receive: (chunk: Bytes) => (bytes.push(...chunk), []),
        end: () => [parseDnsReply(Uint8Array.from(bytes), { id: 0x1234, name, type })],
      };
    };
    assert(junk(makeProtocol, [hex(message)]) > 0);
  }
});

Deno.test("parseDnsReply() is quick with the longest chains in the largest message", () => {
  // 127 pointers, and then as many records as there is room for whose names lead through them.
  const pointers = Array.from({ length: 126 }, (_, i) => 0xc000 | (i === 0 ? 12 : 37 + 2 * i));
  const chain = answer(9999, pointers.map((pointer) => pointer.toString(16)).join(""));
  const owner = (0xc000 | 39 + 2 * 125).toString(16);
  const flood = Array.from({ length: 5000 }, () => answer(9999, "", { owner }));
  const start = performance.now();
  assertEquals(parse(reply([chain, ...flood])).answers, []);
  assert(performance.now() - start < 1000);
});
