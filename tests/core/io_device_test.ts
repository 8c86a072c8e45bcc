import { assert, assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { InvalidStateError, SocketError } from "../../core/error.ts";
import { IODevice } from "../../core/io_device.ts";
import { deviceContract, transportPeer } from "../_support/device_contract.ts";
import { memoryPair } from "../_support/memory_transport.ts";
import { bytes, given, pair, text } from "./_device_pair.ts";

deviceContract("IODevice over memory", ({ readBufferSize = 0 }) => {
  const [ours, theirs] = memoryPair();
  const device = IODevice.fromTransport(ours);
  device.readBufferSize = readBufferSize;
  return { device, peer: transportPeer(theirs) };
}, { pathSize: 64 * 1024 });

Deno.test("IODevice refuses sizes that are none", async () => {
  using made = await given("x");
  const { device } = made;
  for (const size of [-1, NaN]) {
    assertThrows(() => device.read(size), RangeError);
    assertThrows(() => device.peek(size), RangeError);
    assertThrows(() => device.skip(size), RangeError);
    assertThrows(() => device.readLine(size), RangeError);
    assertThrows(() => device.readExactly(size), RangeError);
    assertThrows(() => device.readBufferSize = size, RangeError);
  }
  // @ts-expect-error: what a program without types may do
  assertThrows(() => device.write(1), TypeError);
});

Deno.test("IODevice.close() with a stuck peer ends by its timeout, and by a shorter one later", async () => {
  const { device, ours } = pair({ capacity: 1 });
  device.write("stuck");
  let announced = 0;
  device.aboutToClose.connect(() => {
    announced++;
    device.close({ timeout: 60_000 });
  });
  device.close({ timeout: 60_000 });
  assertEquals([device.isOpen, ours.isClosed], [false, false]);
  device.close({ timeout: 1 });
  await device[Symbol.asyncDispose]();
  assertEquals([announced, ours.isClosed, device.bytesToWrite], [1, true, 0]);
});

Deno.test("IODevice.close() still closes when ending the writing side fails", async () => {
  const { device, ours } = pair();
  ours.closeWrite = () => Promise.reject(new Deno.errors.NotConnected());
  device.write("x");
  device.close({ timeout: 60_000 });
  await device[Symbol.asyncDispose]();
  assert(ours.isClosed);
});

Deno.test("IODevice closes although its transport was closed behind its back", () => {
  const { device, ours } = pair();
  ours.close();
  device.close();
  assertEquals(device.isOpen, false);
});

Deno.test("IODevice closes by itself when both ways have ended", async () => {
  const { device, ours, theirs } = pair();
  await device.writable.close();
  await theirs.closeWrite();
  await device.readChannelFinished.next();
  assert(ours.isClosed);
});

Deno.test("IODevice ends its signals when it closes", async () => {
  const { device } = pair();
  const waits = [device.readyRead.next(), device.bytesWritten.next()];
  const loop = Array.fromAsync(device.readyRead);
  device.close();
  for (const wait of waits) await assertRejects(() => wait, InvalidStateError);
  assertEquals(await loop, []);
});

Deno.test("IODevice internals do not hang on the public slots", async () => {
  using made = pair();
  const { device, theirs } = made;
  const wait = device.waitForReadyRead();
  const read = device.readExactly(2);
  device.readyRead.disconnect();
  device.bytesWritten.disconnect();
  await theirs.write(bytes("ok"));
  assertEquals([await wait, text(await read)], [true, "ok"]);
});

Deno.test("IODevice passes ref() and unref() to its transport", () => {
  using made = pair();
  made.device.unref();
  assert(made.ours.isUnreferenced);
  made.device.ref();
  assertEquals(made.ours.isUnreferenced, false);
});

Deno.test("IODevice.unref() lets a script end although the device is open", async () => {
  const module = import.meta.resolve("../../core/mod.ts");
  const script = `
    import { IODevice } from ${JSON.stringify(module)};
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const [ours, theirs] = await Promise.all([Deno.connect(listener.addr), listener.accept()]);
    listener.unref();
    IODevice.fromTransport(ours).unref();
    const device = IODevice.fromTransport(theirs);
    device.readyRead.connect(() => {});
    device.unref();
    console.log("over");`;
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-net=127.0.0.1", `data:text/typescript,${encodeURIComponent(script)}`],
    signal: AbortSignal.timeout(20_000),
  }).output();
  assert(success, text(stderr)!);
  assertEquals(text(stdout), "over\n");
});

Deno.test("IODevice that reading failed throws the error, after what had arrived", async () => {
  using made = await given("abc");
  const { device, ours } = made;
  ours.failReading(new Deno.errors.ConnectionReset());
  await device.readChannelFinished.next();
  const seen: string[] = [];
  const error = await assertRejects(async () => {
    for await (const chunk of device) seen.push(text(chunk)!);
  });
  assertInstanceOf(error, SocketError);
  assertEquals(seen, ["abc"]);
  await assertRejects(() => device.readExactly(1), SocketError);
});
