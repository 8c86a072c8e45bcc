import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { InvalidStateError } from "../../core/error.ts";
import { pattern, transportPeer } from "../_support/device_contract.ts";
import { bytes, next, pair, text } from "./_device_pair.ts";

Deno.test("IODevice.readable breaks when something else reads, and can be asked for again", async () => {
  using made = pair();
  const { device, theirs } = made;
  const read = device.readExactly(1);
  await assertRejects(() => device.readable.getReader().read(), InvalidStateError);
  await theirs.write(bytes("abc"));
  assertEquals(text(await read), "a");
  const reader = device.readable.getReader();
  assertEquals(text((await reader.read()).value!), "bc");
});

Deno.test("IODevice.readable does not take bytes from who reads after its lock was released", async () => {
  using made = pair();
  const { device, theirs } = made;
  const reader = device.readable.getReader();
  const first = reader.read();
  reader.releaseLock();
  await assertRejects(() => first, TypeError);
  const read = device.readExactly(4);
  device.readable.getReader();
  await theirs.write(bytes("ab"));
  await next(device);
  assertThrows(() => device.read(), InvalidStateError);
  await theirs.write(bytes("cd"));
  assertEquals(text(await read), "abcd");
});

Deno.test("IODevice.readable.cancel() drops what comes, and still sees the end", async () => {
  using made = pair();
  const { device, theirs } = made;
  await device.readable.cancel();
  const finished = device.readChannelFinished.next();
  await theirs.write(bytes("unwanted"));
  await theirs.closeWrite();
  await finished;
  assertEquals(device.bytesAvailable, 0);
});

Deno.test("IODevice limits a stream's buffer to 1 MiB where it has no limit itself", async () => {
  using made = pair({ capacity: 4 * 1024 * 1024 });
  const { device, theirs } = made;
  const sent = transportPeer(theirs).send(pattern(3 * 1024 * 1024));
  let most = 0;
  device.readyRead.connect(() => most = Math.max(most, device.bytesAvailable));
  let got = 0;
  for await (const chunk of device) {
    got += chunk.length;
    if (got === 3 * 1024 * 1024) break;
    await Promise.resolve();
  }
  await sent;
  assert(most <= 1024 * 1024, `${most} bytes waited`);
});
