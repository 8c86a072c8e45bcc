/** The device contract: writing, and how a device ends. */
import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { NetworkingError, SocketError } from "../../core/error.ts";
import { assertSame, type Case, pattern, SIZES, until } from "./contract_pair.ts";

/** What a device promises: ending. */
export const ending: Record<string, Case> = {
  "ends loops normally when the peer ends": async ({ device, peer }) => {
    const sent = peer.send(pattern(100_000)).then(() => peer.end());
    const chunks: number[] = [];
    for await (const chunk of device) {
      assertEquals(chunk.buffer.byteLength, chunk.length);
      chunks.push(...chunk);
    }
    await sent;
    assertSame(Uint8Array.from(chunks), pattern(100_000));
    assertEquals((await device.readable.getReader().read()).done, true);
  },
  "keeps what had arrived when an awaiting read meets the end": async ({ device, peer }) => {
    const read = device.readExactly(4);
    const line = read.catch(() => device.readUntil("\n"));
    await peer.send(pattern(3));
    await peer.end();
    const error = await assertRejects(() => read, SocketError);
    assertEquals(error.code, "remoteHostClosed");
    await assertRejects(() => line, SocketError);
    assertEquals(await device.waitForReadyRead(0), true);
    assertEquals(await device.waitForReadyRead(-1), false);
    assertEquals(device.readAll(), pattern(3));
  },
  "closes twice, keeps what had arrived, ends whoever reads": async ({ device, peer }) => {
    await Promise.all([peer.send(pattern(3)), until(device, () => device.bytesAvailable === 3)]);
    const read = device.readExactly(9);
    const wait = device.waitForReadyRead({ timeout: -1 });
    assertEquals(await wait, true);
    const closed = device.waitForReadyRead(-1);
    device.close();
    device.close();
    assertEquals(await closed, false);
    await assertRejects(() => read, NetworkingError);
    assertEquals(device.isOpen, false);
    assertEquals(device.write("x"), 0);
    assertEquals(device.readAll(), pattern(3));
  },
  "can be closed while a stream reads, and by cancelling it": async ({ device, peer }) => {
    await Promise.all([peer.send(pattern(3)), until(device, () => device.bytesAvailable === 3)]);
    await device.readable.cancel();
    assertEquals(device.bytesAvailable, 0);
    assertEquals(await device.waitForReadyRead(-1), false);
    device.close();
  },
  "throws from loops when the peer breaks off, and says so once": async (pair) => {
    const { device, peer, errors } = pair;
    if (peer.fail === undefined) return;
    const seen: NetworkingError[] = [];
    errors?.connect((error) => seen.push(error));
    const loop = Array.fromAsync(device);
    await peer.fail();
    const error = await assertRejects(() => loop);
    assertInstanceOf(error, NetworkingError);
    if (errors === undefined) return;
    if (seen.length === 0) await errors.next({ timeout: 5_000 });
    assertEquals(seen, [error]);
  },
};

/** What a device promises: writing. */
export const writing: Record<string, Case> = {
  "writes in order and whole at every size": async ({ device, peer }) => {
    let told = 0;
    device.bytesWritten.connect((size) => told += size);
    const total = SIZES.reduce((sum, size) => sum + size);
    const received = peer.receive!(total);
    for (const size of SIZES) {
      const bytes = pattern(size);
      assertEquals(device.write(bytes, { transfer: size === 1000 }), size);
      // What is written is a copy, unless it was handed over.
      if (size !== 1000) bytes.fill(0);
    }
    assertEquals(device.bytesToWrite, total);
    await device.flush();
    assertEquals([told, device.bytesToWrite], [total, 0]);
    const all = await received;
    let from = 0;
    for (const size of SIZES) assertSame(all.subarray(from, from += size), pattern(size));
  },
  "takes an empty write as nothing": async ({ device, peer }) => {
    assertEquals(device.write(""), 0);
    assertEquals(device.write(new Uint8Array(0)), 0);
    assertEquals(device.bytesToWrite, 0);
    assertEquals(await device.waitForBytesWritten(-1), false);
    await device.flush();
    device.write("é");
    assertEquals(await device.waitForBytesWritten(), true);
    assertEquals(await peer.receive!(2), new TextEncoder().encode("é"));
  },
  "writes what is queued before it closes": async ({ device, peer }) => {
    device.write(pattern(300_001));
    device.close();
    assertEquals(device.write("late"), 0);
    assertSame(await peer.receive!(300_001), pattern(300_001));
    await peer.receiveEnd!();
  },
  "takes a web stream's chunks, and ends its side with it": async ({ device, peer }) => {
    const writer = device.writable.getWriter();
    const received = peer.receive!(600_000);
    for (let i = 0; i < 3; i++) await writer.write(pattern(200_000));
    await writer.close();
    assertSame((await received).subarray(400_000), pattern(200_000));
    await peer.receiveEnd!();
  },
  "gives up a queue that nobody reads when its time is over": async ({ device }, { pathSize }) => {
    device.write(pattern(2 * pathSize + 1), { transfer: true });
    const flushed = device.flush();
    device.close({ timeout: 1 });
    await assertRejects(() => flushed, NetworkingError);
    assertEquals(device.bytesToWrite, 0);
  },
};

/** What a device promises: halfClosing. */
export const halfClosing: Record<string, Case> = {
  "goes on reading after it has ended its own side": async ({ device, peer }) => {
    device.write("question");
    await device.writable.close();
    assertEquals(device.isWritable, false);
    await peer.receive!(8);
    await peer.receiveEnd!();
    const [answer] = await Promise.all([device.readExactly(5), peer.send(pattern(5))]);
    assertEquals(answer, pattern(5));
  },
  "goes on writing after its peer has ended, and closes with its own end": async (pair) => {
    const { device, peer } = pair;
    const finished = device.readChannelFinished.next({ timeout: 5_000 });
    await peer.end();
    await finished;
    device.write("answer");
    assertEquals((await peer.receive!(6)).length, 6);
    await device.writable.close();
    await peer.receiveEnd!();
    await device[Symbol.asyncDispose]();
    assertEquals(device.isOpen, false);
  },
};
