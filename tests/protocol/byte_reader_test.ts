import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { ByteReader, decodeLatin1 } from "../../protocol/byte_reader.ts";
import { LimitExceededError, RemoteProtocolError } from "../../protocol/error.ts";
import { latin1, random } from "../_support/play.ts";

const limit = { name: "maxLine", max: 8 };

function fed(...chunks: string[]): ByteReader {
  const reader = new ByteReader();
  for (const chunk of chunks) reader.feed(latin1(chunk));
  return reader;
}

Deno.test("ByteReader.exactly() is a view of the chunk when one chunk has it all", () => {
  const chunk = latin1("abcdef");
  const reader = new ByteReader();
  reader.feed(chunk);
  const bytes = reader.exactly(3).next().value!;
  assertEquals(bytes, latin1("abc"));
  assertStrictEquals(bytes.buffer, chunk.buffer);
  assertEquals(reader.available, 3);
});

Deno.test("ByteReader.exactly() waits, and joins across chunks", () => {
  const reader = fed("ab");
  const parser = reader.exactly(5);
  assertEquals(parser.next(), { done: false, value: undefined });
  reader.feed(latin1("c"));
  assertEquals(parser.next().done, false);
  reader.feed(latin1("def"));
  assertEquals(parser.next(), { done: true, value: latin1("abcde") });
  assertEquals(reader.rest(), latin1("f"));
});

Deno.test("ByteReader.exactly() of no bytes never waits", () => {
  assertEquals(new ByteReader().exactly(0).next(), { done: true, value: new Uint8Array(0) });
});

Deno.test("ByteReader never writes to bytes it handed out", () => {
  const reader = fed("a", "b", "c");
  const first = reader.take(2);
  for (const chunk of ["defgh", "i".repeat(100), "j"]) reader.feed(latin1(chunk));
  const second = reader.take(6);
  reader.feed(latin1("k".repeat(300)));
  assertEquals(first, latin1("ab"));
  assertEquals(second, latin1("cdefgh"));
  assertEquals(reader.take(), latin1("i".repeat(100) + "j" + "k".repeat(300)));
});

Deno.test("ByteReader does not write to a chunk of the user's", () => {
  const buffer = latin1("abcdef");
  const reader = new ByteReader();
  reader.feed(buffer.subarray(0, 2));
  reader.feed(latin1("XY"));
  assertEquals(reader.take(), latin1("abXY"));
  assertEquals(buffer, latin1("abcdef"));
});

Deno.test("ByteReader.until() finds a delimiter across chunks", () => {
  const reader = fed("ab\r");
  const parser = reader.until(latin1("\r\n"), limit);
  assertEquals(parser.next().done, false);
  reader.feed(latin1("\nrest"));
  assertEquals(parser.next(), { done: true, value: latin1("ab") });
  assertEquals(reader.rest(), latin1("rest"));
});

Deno.test("ByteReader.until() is not taken in by half a delimiter", () => {
  const mark = latin1("\r\n");
  assertEquals(fed("a\r\r\nb").until(mark, limit).next().value, latin1("a\r"));
  assertEquals(fed("\r\n").until(mark, limit).next().value, latin1(""));
  assertEquals(fed("a\nb").until(0x0a, limit).next().value, latin1("a"));
});

Deno.test("ByteReader.until() names the limit that is exceeded, wherever the input is cut", () => {
  assertEquals(fed("12345678\n").until(0x0a, limit).next().value, latin1("12345678"));
  for (const input of ["123456789", "123456789\n"]) {
    const error = assertThrows(() => fed(input).until(0x0a, limit).next(), LimitExceededError);
    assertEquals(error.limit, "maxLine");
  }
  // Without the byte after it, "12345678\r" may still be eight bytes and the delimiter.
  assertEquals(fed("12345678\r").until(latin1("\r\n"), limit).next().done, false);
});

Deno.test("ByteReader.end() makes a parser that needs more throw", () => {
  const reader = fed("ab");
  const exactly = reader.exactly(3);
  exactly.next();
  reader.end();
  const error = assertThrows(() => exactly.next(), RemoteProtocolError, "closed after 2 bytes");
  assertEquals(error.code, "closed");
  assertThrows(() => reader.until(0x0a, limit).next(), RemoteProtocolError, "closed after 2");
  assertEquals(reader.exactly(2).next().value, latin1("ab"));
  assertEquals(reader.ended, true);
});

Deno.test("ByteReader.rest() empties it; peek() leaves all", () => {
  const reader = fed("ab", "cd");
  assertEquals(reader.peek(), latin1("abcd"));
  assertEquals(reader.rest(), latin1("abcd"));
  assertEquals([reader.available, reader.rest().length, reader.take().length], [0, 0, 0]);
});

Deno.test("ByteReader gives back any stream unchanged, at any cuts", () => {
  const next = random(7);
  const reader = new ByteReader();
  const input = Uint8Array.from({ length: 5000 }, () => Math.floor(next() * 256));
  const output: number[] = [];
  for (let at = 0; at < input.length;) {
    reader.feed(input.slice(at, at += Math.floor(next() * 90)));
    output.push(...reader.take(Math.floor(next() * 80)));
  }
  output.push(...reader.take());
  assertEquals(Uint8Array.from(output), input);
});

Deno.test("ByteReader joins 256 KiB that come byte by byte in linear time", () => {
  const reader = new ByteReader();
  const size = 256 * 1024;
  const parser = reader.exactly(size);
  for (let i = 0; i < size; i++) reader.feed(Uint8Array.of(i));
  assertEquals(parser.next().value?.length, size);
});

Deno.test("decodeLatin1() maps each byte to the character of its number", () => {
  const all = Uint8Array.from({ length: 256 }, (_, i) => i);
  const text = decodeLatin1(all);
  assertEquals(Array.from(text, (c) => c.charCodeAt(0)), [...all]);
  // What is valid UTF-8 is no exception, nor is a byte-order mark.
  assertEquals(decodeLatin1(new TextEncoder().encode("\ufeffé\ufffd")), "ï»¿Ã©ï¿½");
  assertEquals(decodeLatin1(latin1("é".repeat(20_000))), "é".repeat(20_000));
  assertEquals(decodeLatin1(new Uint8Array(0)), "");
});
