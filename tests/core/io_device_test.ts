import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { InvalidStateError, LimitExceededError, SocketError } from "../../core/error.ts";
import { IODevice } from "../../core/io_device.ts";
import { assertSame, deviceContract, pattern, transportPeer } from "../_support/device_contract.ts";
import { memoryPair, type MemoryTransport } from "../_support/memory_transport.ts";

deviceContract("IODevice over memory", ({ readBufferSize = 0 }) => {
  const [ours, theirs] = memoryPair();
  const device = IODevice.fromTransport(ours);
  device.readBufferSize = readBufferSize;
  return { device, peer: transportPeer(theirs) };
}, { pathSize: 64 * 1024 });

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (bytes: Uint8Array | null) => bytes && new TextDecoder().decode(bytes);

interface Pair extends Disposable {
  device: IODevice;
  ours: MemoryTransport;
  theirs: MemoryTransport;
}

function pair(options: { capacity?: number } = {}): Pair {
  const [ours, theirs] = memoryPair(options);
  const device = IODevice.fromTransport(ours);
  return { device, ours, theirs, [Symbol.dispose]: () => device.close({ timeout: 0 }) };
}

/** A pair whose device has received `given`. */
async function given(text: string): Promise<Pair> {
  const made = pair();
  await made.theirs.write(bytes(text));
  await made.device.waitForReadyRead();
  return made;
}

async function next(device: IODevice): Promise<void> {
  await device.readyRead.next({ timeout: 5_000 });
}

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
