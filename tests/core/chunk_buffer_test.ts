import { assertEquals, assertStrictEquals } from "@std/assert";
import { ChunkBuffer } from "../../core/_chunk_buffer.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

function filled(...chunks: string[]): ChunkBuffer {
  const buffer = new ChunkBuffer();
  for (const chunk of chunks) buffer.push(bytes(chunk));
  return buffer;
}

/** Every way to cut a text into two or three chunks. */
function* cuts(text: string): Generator<ChunkBuffer> {
  for (let a = 0; a <= text.length; a++) {
    for (let b = a; b <= text.length; b++) {
      yield filled(text.slice(0, a), text.slice(a, b), text.slice(b));
    }
  }
}

Deno.test("ChunkBuffer.take() hands a whole chunk over, and copies anything else", () => {
  const chunk = bytes("whole");
  const buffer = new ChunkBuffer();
  buffer.push(chunk);
  assertStrictEquals(buffer.take(Infinity), chunk);
  buffer.push(bytes("parted"));
  const part = buffer.take(3);
  assertEquals([text(part), part.buffer.byteLength], ["par", 3]);
  const half = new ChunkBuffer();
  half.push(new Uint8Array(8).subarray(0, 4));
  half.push(new Uint8Array(8).subarray(0, 4));
  half.push(new Uint8Array(8).subarray(0, 3));
  assertEquals([half.take(4).buffer.byteLength, half.takeOwned(4).buffer.byteLength], [8, 4]);
  assertEquals(half.take(3).buffer.byteLength, 3);
  part.buffer.transfer();
  assertEquals(text(buffer.take(9)), "ted");
  assertEquals([buffer.size, buffer.take(1).length], [0, 0]);
});

Deno.test("ChunkBuffer.take() crosses chunks", () => {
  for (const buffer of cuts("abcdef")) {
    assertEquals([text(buffer.take(2)), text(buffer.take(3)), text(buffer.take(9))], [
      "ab",
      "cde",
      "f",
    ]);
  }
});

Deno.test("ChunkBuffer.takeChunk() joins small chunks and leaves large ones as they are", () => {
  const buffer = filled("ab", "cd", "efghij");
  assertEquals(text(buffer.takeChunk(3)), "abc");
  assertEquals(text(buffer.takeChunk(0)), "d");
  assertEquals(text(buffer.takeChunk(3)), "efghij");
});

Deno.test("ChunkBuffer.indexOf() finds delimiters across chunks", () => {
  for (const buffer of cuts("a\r\r\nb\r\n")) {
    assertEquals(buffer.indexOf(bytes("\r\n")), 2);
    assertEquals(buffer.indexOf(bytes("\r\n"), 3), 5);
    assertEquals(buffer.indexOf(bytes("\r\n"), 6), -1);
    assertEquals(buffer.indexOf(bytes("b\r\n\0")), -1);
  }
});

Deno.test("ChunkBuffer.lineLength() remembers how far it has looked", () => {
  const buffer = filled("ab");
  assertEquals(buffer.lineLength(), 0);
  buffer.push(bytes("c\nd"));
  assertEquals(buffer.lineLength(), 4);
  buffer.skip(4);
  assertEquals(buffer.lineLength(), 0);
  buffer.unget(bytes("x\n"));
  assertEquals(buffer.lineLength(), 2);
});

Deno.test("ChunkBuffer transactions put back what was taken in any way, and count it", () => {
  for (const buffer of cuts("abcdef")) {
    buffer.begin();
    buffer.take(1).fill(0);
    buffer.takeInto(new Uint8Array(2));
    buffer.skip(1);
    assertEquals([buffer.size, buffer.held], [2, 6]);
    buffer.rollback();
    assertEquals([buffer.size, buffer.held, text(buffer.peek(6))], [6, 6, "abcdef"]);
    buffer.begin();
    buffer.take(5);
    buffer.commit();
    assertEquals([text(buffer.take(9)), buffer.held], ["f", 0]);
  }
});
