import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { SocketError } from "../../core/error.ts";
import { assertSame, pattern, transportPeer } from "../_support/device_contract.ts";
import { pair, text } from "./_device_pair.ts";

Deno.test("IODevice.write() sends small pieces of one turn together, and in order", async () => {
  using made = pair();
  const { device, theirs } = made;
  let calls = 0;
  device.bytesWritten.connect(() => calls++);
  for (let i = 0; i < 100; i++) device.write(`${i % 10}`);
  device.write(pattern(70_000), { transfer: true });
  device.write("end");
  const peer = transportPeer(theirs);
  const got = await peer.receive!(70_103);
  assertEquals(text(got.subarray(0, 20)), "01234567890123456789");
  assertSame(got.subarray(100, 70_100), pattern(70_000));
  assertEquals(text(got.subarray(70_100)), "end");
  assert(calls < 8, `${calls} writes`);
});

Deno.test("IODevice.bytesWritten sums to what was written, and is not recursive", async () => {
  using made = pair({ capacity: 10 });
  const { device, theirs } = made;
  let told = 0, depth = 0, again = 3;
  device.bytesWritten.connect((size) => {
    assertEquals(++depth, 1);
    told += size;
    if (again-- > 0) device.write(pattern(7));
    depth--;
  });
  device.write(pattern(25));
  await transportPeer(theirs).receive!(46);
  await device.flush();
  assertEquals([told, device.bytesToWrite], [46, 0]);
});

Deno.test("IODevice.flush() waits for what was written before it, not for more", async () => {
  using made = pair({ capacity: 10 });
  const { device, theirs } = made;
  device.write(pattern(12));
  const flushed = device.flush();
  device.write(pattern(100));
  const peer = transportPeer(theirs);
  await peer.receive!(4);
  await flushed;
  assert(device.bytesToWrite > 0);
  await assertRejects(() => device.flush({ timeout: 0 }), DOMException, "Timed out");
  const reason = new Error("enough");
  const rejected = await assertRejects(() => device.flush({ signal: AbortSignal.abort(reason) }));
  assertStrictEquals(rejected, reason);
});

Deno.test("IODevice tells a failed write to who flushes, and takes nothing more", async () => {
  using made = pair({ capacity: 10 });
  const { device, ours } = made;
  device.write(pattern(20));
  const writer = device.writable.getWriter();
  const flushed = device.flush();
  const waited = device.waitForBytesWritten();
  assertEquals(await waited, true);
  ours.failWriting(new Deno.errors.BrokenPipe());
  const error = await assertRejects(() => flushed, SocketError);
  assertEquals(error.code, "remoteHostClosed");
  assertStrictEquals(await assertRejects(() => writer.closed), error);
  assertEquals([device.write("x"), device.isWritable, device.bytesToWrite], [0, false, 0]);
  assertEquals(await device.waitForBytesWritten(-1), false);
});
