import { assertEquals, assertThrows } from "@std/assert";
import { ByteWriter, encodeLatin1 } from "../../protocol/byte_writer.ts";
import { latin1 } from "../_support/play.ts";

Deno.test("ByteWriter writes numbers in network order by default", () => {
  const bytes = new ByteWriter().u8(1).u16(0x0203).u32(0x04050607).u64(0x08090a0b0c0d0e0fn)
    .f64(1).finish();
  const one = [0x3f, 0xf0, 0, 0, 0, 0, 0, 0];
  assertEquals([...bytes], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, ...one]);
});

Deno.test("ByteWriter writes the low byte first when asked to", () => {
  const bytes = new ByteWriter({ endian: "little" }).u16(0x0201).u32(0x06050403)
    .u64(0x0e0d0c0b0a090807n).finish();
  assertEquals([...bytes], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
});

Deno.test("ByteWriter stores signed numbers in two's complement", () => {
  const bytes = new ByteWriter().u8(-1).u16(-2).u32(-3).u64(-4n).finish();
  assertEquals([...bytes], [255, 255, 254, 255, 255, 255, 253, ...Array(7).fill(255), 252]);
});

Deno.test("ByteWriter writes bytes and text", () => {
  const writer = new ByteWriter().bytes([1, 2]).latin1("aé").utf8("é€😀");
  assertEquals(writer.length, 4 + 2 + 3 + 4);
  assertEquals(writer.finish(), latin1("\x01\x02aéÃ©â\x82¬ð\x9f\x98\x80"));
  assertThrows(() => new ByteWriter().latin1("€"), RangeError, 'Cannot encode "€"');
});

Deno.test("ByteWriter grows and keeps what it had", () => {
  const writer = new ByteWriter({ capacity: 0 });
  for (let i = 0; i < 1000; i++) writer.u8(i);
  assertEquals([...writer.finish()], Array.from({ length: 1000 }, (_, i) => i % 256));
});

Deno.test("ByteWriter.align() pads with zeros, also where text was measured too large", () => {
  assertEquals([...new ByteWriter().align(8).u8(1).align(4).align(4).u8(2).finish()], [
    1,
    0,
    0,
    0,
    2,
  ]);
  assertEquals([...new ByteWriter().utf8("abcde").align(8).finish()].slice(5), [0, 0, 0]);
});

Deno.test("ByteWriter.patchU16() and patchU32() fill in what is known afterwards", () => {
  const writer = new ByteWriter().u32(0).u16(0).utf8("abc");
  writer.patchU32(0, writer.length).patchU16(4, 3);
  assertEquals(writer.finish(), latin1("\0\0\0\x09\0\x03abc"));
  assertThrows(() => writer.patchU16(0, 1), RangeError, "only 0 bytes are written");
});

Deno.test("ByteWriter.finish() gives the bytes away and begins anew", () => {
  const writer = new ByteWriter();
  const first = writer.u8(1).finish();
  const second = writer.u8(2).finish();
  assertEquals([[...first], [...second]], [[1], [2]]);
});

Deno.test("encodeLatin1() maps each character to the byte of its number", () => {
  assertEquals([...encodeLatin1("a\0ÿ")], [97, 0, 255]);
  assertEquals(encodeLatin1("").length, 0);
  for (const text of ["€", "a😀", "\ud800"]) assertThrows(() => encodeLatin1(text), RangeError);
});
