import { assert, assertEquals } from "@std/assert";
import { Slab } from "../../core/_slab.ts";

Deno.test("Slab offers no more room than may be filled, and never the same bytes twice", () => {
  const slab = new Slab([16, 64]);
  assertEquals(slab.room(3).length, 3);
  slab.room(Infinity).set([1, 2, 3]);
  const bytes = slab.filled(3);
  assertEquals(bytes, Uint8Array.of(1, 2, 3));
  const room = slab.room(Infinity).fill(9);
  assertEquals([room.length, room.buffer === bytes.buffer], [13, true]);
  assertEquals(bytes, Uint8Array.of(1, 2, 3));
});

Deno.test("Slab grows while reads come back full, and shrinks when they are small", () => {
  const slab = new Slab([16, 64, 256]);
  const sizes = [16, 64, 256, 256, 10, 3, 1, 2, 9].map((size) => {
    const room = slab.room(Infinity);
    assertEquals(slab.filled(size).length, size);
    return room.length;
  });
  assertEquals(sizes, [16, 64, 256, 256, 256, 64, 16, 15, 13]);
});

Deno.test("Slab gives a buffer up with a read that fills half of it", () => {
  const slab = new Slab([16, 64]);
  slab.room(Infinity);
  slab.filled(7);
  const room = slab.room(Infinity);
  const large = slab.filled(8);
  assert(large.buffer === room.buffer);
  assert(slab.room(Infinity).buffer !== large.buffer);
});

Deno.test("Slab does not grow by a limit that was used up, and offers a quarter at least", () => {
  const slab = new Slab([16, 64]);
  for (let i = 0; i < 3; i++) {
    assertEquals(slab.room(4).length, 4);
    slab.filled(4);
  }
  assertEquals(slab.room(Infinity).length, 4);
  slab.filled(1);
  assertEquals(slab.room(Infinity).length, 16);
});

Deno.test("Slab.reuse() takes buffers of its own back, and none that a read may be filling", () => {
  const slab = new Slab([16, 64]);
  const first = slab.room(Infinity);
  slab.filled(5);
  slab.reuse(first.buffer);
  assertEquals(slab.room(Infinity).length, 16);
  slab.reuse(first.buffer);
  slab.filled(3);
  assertEquals(slab.room(Infinity).byteOffset, 3);
  slab.filled(12);
  const second = slab.room(Infinity);
  assert(second.buffer !== first.buffer);
  slab.filled(9);
  slab.reuse(first.buffer);
  slab.reuse(new ArrayBuffer(16));
  assert(slab.room(Infinity).buffer === first.buffer);
});
