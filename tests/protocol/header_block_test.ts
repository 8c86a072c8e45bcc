import { assertEquals, assertThrows } from "@std/assert";
import type { ByteReader } from "../../protocol/byte_reader.ts";
import { LimitExceededError, RemoteProtocolError } from "../../protocol/error.ts";
import {
  defaultHeaderLimits,
  headerBlockEnd,
  headerBlockText,
  parseHeaderBlock,
  quoted,
  readHeaderBlock,
} from "../../protocol/header_block.ts";
import { HttpHeaders } from "../../protocol/http_headers.ts";
import { dialogue, latin1, play } from "../_support/play.ts";

const strict = { ...defaultHeaderLimits, lenient: false };
const lenient = { ...defaultHeaderLimits, lenient: true };

Deno.test("headerBlockEnd() finds the first empty line, from wherever the search goes on", () => {
  const blocks = ["a: b\r\n\r\n", "a: b\n\n", "a: b\r\n\n", "a: b\n\r\n", "\r\n", "\n"];
  for (const block of blocks) {
    const bytes = latin1(block + "\r\n\r\nrest");
    assertEquals(headerBlockEnd(bytes), block.length, JSON.stringify(block));
    for (let from = 0; from < block.length; from++) {
      assertEquals(headerBlockEnd(bytes.subarray(0, from)), -1);
      assertEquals(headerBlockEnd(bytes, from), block.length);
    }
  }
  for (const block of ["", "\r", "a\r\n", "a\r\n\r", "a\r\r\n\r"]) {
    assertEquals(headerBlockEnd(latin1(block)), -1);
  }
});

Deno.test("parseHeaderBlock() keeps order, case and inner space, and drops outer space", () => {
  const text = "B:1\r\na: \t x  y\t \r\nEmpty:\r\nb: a: b\r\nX: caf\xe9\r\n";
  const pairs = [["B", "1"], ["a", "x  y"], ["Empty", ""], ["b", "a: b"], ["X", "caf\xe9"]];
  for (const options of [strict, lenient]) {
    assertEquals([...parseHeaderBlock(text, options)], pairs as [string, string][]);
  }
  assertEquals(parseHeaderBlock("", strict).size, 0);
});

Deno.test("parseHeaderBlock() takes LF and folded lines from a server (RFC 9112, 2.2, 5.2)", () => {
  const text = "A: 1\nB: 2\r\n\t 3\n 4\r\nC: 5\n";
  const pairs: [string, string][] = [["A", "1"], ["B", "2 3 4"], ["C", "5"]];
  assertEquals([...parseHeaderBlock(text, lenient)], pairs);
  assertThrows(
    () => parseHeaderBlock("A: 1\nB: 2\n", strict),
    RemoteProtocolError,
    "LF without CR",
  );
  assertThrows(
    () => parseHeaderBlock("A: 1\r\n 2\r\n", strict),
    RemoteProtocolError,
    'line " 2": it continues the line before',
  );
});

Deno.test("parseHeaderBlock() says what is wrong with a line", () => {
  const faults: [line: string, why: string][] = [
    ["no colon", "it has no colon"],
    ["Host : a", "white space stands before the colon"],
    ["Host\t: a", "white space stands before the colon"],
    [": a", "its name is not a token"],
    ["a b: c", "its name is not a token"],
    ["caf\xe9: c", "its name is not a token"],
    ["a: b\0c", "it holds a NUL byte"],
    ["a: b\rc: d", "it holds a CR without LF"],
    ["a: b\r", "it holds a CR without LF"],
  ];
  for (const [line, why] of faults) {
    for (const options of [strict, lenient]) {
      const text = `Good: 1\r\n${line}\r\nBad too\r\n`;
      const error = assertThrows(() => parseHeaderBlock(text, options), RemoteProtocolError);
      assertEquals(error.message, `Cannot read HTTP header line ${quoted(line)}: ${why}`);
    }
  }
  // A first line that is folded has nothing to continue.
  assertThrows(() => parseHeaderBlock(" a: b\r\n", lenient), RemoteProtocolError, "none before it");
});

Deno.test("parseHeaderBlock() names the limit that is exceeded", () => {
  const fails = (text: string, options: Partial<typeof strict>) =>
    assertThrows(() => parseHeaderBlock(text, { ...strict, ...options }), LimitExceededError).limit;
  const fields = "a: b\r\n".repeat(3);
  assertEquals(parseHeaderBlock(fields, { ...strict, maxFields: 3, maxFieldSize: 4 }).size, 3);
  assertEquals(fails(fields, { maxFields: 2 }), "maxFields");
  assertEquals(fails(fields, { maxFieldSize: 3 }), "maxFieldSize");
});

Deno.test("readHeaderBlock() reads a block at any cuts and keeps to maxHeaderSize", () => {
  const read = (max: number) => () =>
    dialogue((reader: ByteReader) => readHeaderBlock(reader, { ...strict, maxHeaderSize: max }));
  assertEquals(play(read(9), "a: b\r\n\r\nrest", { close: false }), [
    { type: "value", value: "a: b\r\n" },
    { type: "rest", bytes: latin1("rest") },
  ]);
  assertEquals(play(read(9), "a: b\n\nrest", { close: false })[0]?.value, "a: b\n");
  for (const input of ["a: b\r\n\r\n", "aaaaaaaaaa"]) {
    const [event] = play(read(7), input, { close: false });
    assertEquals(
      (event?.error as Error).message,
      "Cannot read HTTP header: it exceeds maxHeaderSize (7)",
    );
  }
});

Deno.test("parseHeaderBlock() and the search take linear time on hostile blocks", () => {
  const space = "a:" + " ".repeat(90_000) + "b\r\n";
  assertEquals([...parseHeaderBlock(space, strict)], [["a", "b"]]);
  const folds = "a: b" + "\r\n ".repeat(60_000) + "\r\n";
  assertEquals(parseHeaderBlock(folds, { ...lenient, maxFieldSize: 1e6 }).size, 1);
  const name = "a".repeat(200_000) + "\r\n";
  assertThrows(() => parseHeaderBlock(name, lenient), RemoteProtocolError, "no colon");
  const spaced = "a" + " ".repeat(200_000) + "b: c\r\n";
  assertThrows(() => parseHeaderBlock(spaced, lenient), RemoteProtocolError, "not a token");
});

Deno.test("headerBlockText() writes what parseHeaderBlock() read", () => {
  const headers = new HttpHeaders([["Host", "a"], ["x", ""], ["X", "\xff"]]);
  const text = headerBlockText(headers);
  assertEquals(text, "Host: a\r\nx: \r\nX: \xff\r\n");
  assertEquals([...parseHeaderBlock(text, strict)], [...headers]);
});

Deno.test("quoted() escapes control characters and cuts at 60", () => {
  assertEquals(quoted('a"\r\n\0\x1b\x7f\x9f'), '"a\\"\\r\\n\\u0000\\u001b\\u007f\\u009f"');
  assertEquals(quoted("x".repeat(60)), `"${"x".repeat(60)}"`);
  assertEquals(quoted("x".repeat(61)), `"${"x".repeat(60)}"…`);
});
