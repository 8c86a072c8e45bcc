import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { InvalidStateError, LimitExceededError } from "../../core/error.ts";
import { pattern } from "../_support/device_contract.ts";
import { bytes, given, next, pair, text } from "./_device_pair.ts";

Deno.test("IODevice.readLine() gives lines with their newline, null when no line has arrived", async () => {
  using made = await given("one\n\ntwo");
  const { device, theirs } = made;
  assert(device.canReadLine());
  assertEquals(text(device.readLine()), "one\n");
  assertEquals(text(device.readLine()), "\n");
  assertEquals(device.canReadLine(), false);
  assertStrictEquals(device.readLine(), null);
  await theirs.write(bytes(" and a half\nthree"));
  await next(device);
  assertEquals(text(device.readLine()), "two and a half\n");
  await theirs.closeWrite();
  await device.readChannelFinished.next();
  assertStrictEquals(device.readLine(), null);
  assertEquals(text(device.readAll()), "three");
});

Deno.test("IODevice.readLine() gives long lines in pieces of its maxSize", async () => {
  using made = await given("abcdef\n");
  assertEquals(text(made.device.readLine(4)), "abcd");
  assertEquals(text(made.device.readLine(4)), "ef\n");
  assertStrictEquals(made.device.readLine(4), null);
});

Deno.test("IODevice.peek() leaves the bytes, skip() drops them, unget() puts some in front", async () => {
  using made = await given("12345");
  const { device } = made;
  assertEquals(text(device.peek(3)), "123");
  assertEquals(text(device.peek(99)), "12345");
  assertEquals(device.skip(2), 2);
  device.unget(bytes("ab\n"));
  assertEquals(device.bytesAvailable, 6);
  assertEquals(text(device.readLine()), "ab\n");
  assertEquals(device.skip(99), 3);
  assertEquals([device.atEnd, device.peek(1).length, device.read(0).length], [true, 0, 0]);
  // Also beyond what was ever read, as QIODevice::ungetChar().
  device.unget(bytes("more"));
  assertEquals(text(device.readAll()), "more");
});

Deno.test("IODevice.peek() gives a copy", async () => {
  using made = await given("12");
  made.device.peek(2).fill(0);
  assertEquals(text(made.device.readAll()), "12");
});

Deno.test("IODevice.readInto() fills a buffer across chunks", async () => {
  using made = await given("abc");
  const { device, theirs } = made;
  await theirs.write(bytes("def"));
  await next(device);
  const target = new Uint8Array(4);
  assertEquals(device.readInto(target), 4);
  assertEquals(text(target), "abcd");
  assertEquals(device.readInto(target), 2);
  assertEquals(text(target), "efcd");
  assertEquals(device.readInto(target), 0);
});

Deno.test("IODevice transactions span chunks, peeks and more bytes", async () => {
  using made = await given("ab");
  const { device, theirs } = made;
  device.startTransaction();
  assertThrows(() => device.startTransaction(), InvalidStateError);
  assertThrows(() => device.unget(bytes("x")), InvalidStateError);
  device.read(1).fill(0);
  await theirs.write(bytes("cd\n"));
  await next(device);
  assertEquals(text(device.readLine()), "bcd\n");
  device.rollbackTransaction();
  assertEquals(text(device.readLine()), "abcd\n");
  assertThrows(() => device.commitTransaction(), InvalidStateError);
  assertThrows(() => device.rollbackTransaction(), InvalidStateError);
});

Deno.test("IODevice counts what a rollback would put back as unread", async () => {
  using made = pair();
  const { device, theirs } = made;
  device.readBufferSize = 4;
  await theirs.write(pattern(10));
  await device.waitForReadyRead();
  device.startTransaction();
  assertEquals(device.readAll().length, 4);
  assertEquals(await device.waitForReadyRead(0), false);
  device.rollbackTransaction();
  assertEquals(device.bytesAvailable, 4);
});

Deno.test("IODevice.readUntil() finds a delimiter across chunks, within maxSize", async () => {
  using made = await given("head\r");
  const { device, theirs } = made;
  const head = device.readUntil("\r\n\r\n", { maxSize: 8 });
  for (const part of ["\n", "\r", "\nbody"]) {
    await theirs.write(bytes(part));
    await next(device);
  }
  assertEquals(text(await head), "head\r\n\r\n");
  const error = await assertRejects(
    () => device.readUntil(Uint8Array.of(0), { maxSize: 4 }),
    LimitExceededError,
  );
  assertEquals(error.limit, "maxSize");
  assertEquals(text(device.readAll()), "body");
  assertThrows(() => device.readUntil(""), TypeError);
});

Deno.test("IODevice.readUntil() gives up at readBufferSize, since more would never come", async () => {
  using made = pair();
  made.device.readBufferSize = 16;
  const line = made.device.readUntil("\n");
  await made.theirs.write(pattern(9).fill(1));
  await made.theirs.write(pattern(9).fill(1));
  await assertRejects(() => line, LimitExceededError);
  assertEquals(made.device.bytesAvailable, 16);
});
