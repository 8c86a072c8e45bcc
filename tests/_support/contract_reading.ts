/** The device contract: reading and who may do it. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { InvalidStateError } from "../../core/error.ts";
import { assertSame, type Case, LIMIT, pattern, SIZES, until } from "./contract_pair.ts";

/** What a device promises: reading. */
export const reading: Record<string, Case> = {
  "gets bytes in order and whole at every size": async ({ device, peer }) => {
    for (const size of SIZES) {
      const [read] = await Promise.all([device.readExactly(size), peer.send(pattern(size))]);
      assertSame(read, pattern(size));
      assertEquals(read.buffer.byteLength, size);
    }
    assertEquals(device.bytesAvailable, 0);
  },
  "emits readyRead after bytesAvailable grew, never recursively": async ({ device, peer }) => {
    let depth = 0, deepest = 0, got = 0;
    const seen: number[] = [];
    device.readyRead.connect(() => {
      deepest = Math.max(deepest, ++depth);
      seen.push(device.bytesAvailable);
      got += device.read(10).length;
      depth--;
    });
    await Promise.all([peer.send(pattern(100)), until(device, () => got > 0)]);
    assertEquals(deepest, 1);
    assert(seen.every((size) => size > 0));
  },
  "waits for bytes by level: true at once for what no read has seen": async ({ device, peer }) => {
    assertEquals(await device.waitForReadyRead(0), false);
    await Promise.all([peer.send(pattern(1)), until(device, () => device.bytesAvailable > 0)]);
    assertEquals(await device.waitForReadyRead(0), true);
    assertEquals(await device.waitForReadyRead({ timeout: 0 }), false);
    device.readAll();
    const [came] = await Promise.all([device.waitForReadyRead(), peer.send(pattern(1))]);
    assertEquals(came, true);
  },
  "stops waiting when the signal aborts, with its reason": async ({ device }) => {
    const reason = new Error("enough");
    const signal = AbortSignal.abort(reason);
    for (
      const wait of [
        () => device.waitForReadyRead({ signal }),
        () => device.readExactly(1, { signal }),
        () => device.readUntil("\n", { signal }),
      ]
    ) assertEquals(await assertRejects(wait), reason);
  },
  "consumes nothing by a read that is given up": async ({ device, peer }) => {
    const controller = new AbortController();
    const read = device.readExactly(4, { signal: controller.signal });
    await Promise.all([peer.send(pattern(3)), until(device, () => device.bytesAvailable === 3)]);
    controller.abort();
    await assertRejects(() => read, DOMException);
    await assertRejects(() => device.readUntil("\n", { timeout: 0 }), DOMException);
    assertEquals(device.readAll(), pattern(3));
  },
  "survives that what it gave is transferred away": async ({ device, peer }) => {
    let got = 0;
    device.readyRead.connect(() => {
      while (device.bytesAvailable > 0) {
        structuredClone(device.peek(1), { transfer: [device.peek(1).buffer] });
        const part = device.read(7);
        got += part.length;
        structuredClone(part, { transfer: [part.buffer] });
      }
    });
    for (let i = 1; i <= 3; i++) {
      await Promise.all([peer.send(pattern(10)), until(device, () => got === i * 10)]);
    }
  },
};

/** What a device promises: sharing. */
export const sharing: Record<string, Case> = {
  "has one reader at a time": async ({ device, peer }) => {
    const first = device[Symbol.asyncIterator]();
    const piece = first.next();
    assertThrows(() => device.read(), InvalidStateError);
    assertThrows(() => device.peek(1), InvalidStateError);
    await assertRejects(() => device.readExactly(1), InvalidStateError);
    await assertRejects(() => device[Symbol.asyncIterator]().next(), InvalidStateError);
    await assertRejects(() => device.readable.getReader().read(), InvalidStateError);
    await peer.send(pattern(5));
    assertEquals((await piece).value, pattern(5));
    await first.return!();
    assertEquals(device.read(), new Uint8Array(0));
  },
  "loses nothing when a loop breaks": async ({ device, peer }) => {
    await Promise.all([peer.send(pattern(9)), until(device, () => device.bytesAvailable === 9)]);
    device.unget(Uint8Array.of(1, 2, 3));
    const parts: number[] = [];
    for await (const chunk of device) {
      parts.push(...chunk);
      break;
    }
    parts.push(...device.readAll());
    assertEquals(parts, [1, 2, 3, ...pattern(9)]);
  },
  "gives a stream's bytes back when its lock is released": async ({ device, peer }) => {
    const reader = device.readable.getReader();
    await Promise.all([peer.send(pattern(3)), until(device, () => device.bytesAvailable === 3)]);
    assertEquals((await reader.read()).value, pattern(3));
    const read = reader.read();
    assertThrows(() => device.read(), InvalidStateError);
    reader.releaseLock();
    await assertRejects(() => read, TypeError);
    const [bytes] = await Promise.all([device.readExactly(4), peer.send(pattern(4))]);
    assertEquals(bytes, pattern(4));
    const again = device.readable.getReader();
    const [{ value }] = await Promise.all([again.read(), peer.send(pattern(2))]);
    assertEquals(value, pattern(2));
    again.releaseLock();
  },
  "reads into the buffer that a byte stream's reader brings": async ({ device, peer }) => {
    const reader = device.readable.getReader({ mode: "byob" });
    const [{ value }] = await Promise.all([
      reader.read(new Uint8Array(2)),
      peer.send(pattern(5)),
    ]);
    assertEquals(value, pattern(5).subarray(0, value!.length));
    const { value: next } = await reader.read(new Uint8Array(10));
    assertEquals(next![0], pattern(5)[value!.length]);
    reader.releaseLock();
  },
  "has transactions that read again what they rolled back": async ({ device, peer }) => {
    await Promise.all([peer.send(pattern(9)), until(device, () => device.bytesAvailable === 9)]);
    device.startTransaction();
    assertEquals(device.read(4), pattern(4));
    assertEquals(device.bytesAvailable, 5);
    device.rollbackTransaction();
    assertEquals(device.bytesAvailable, 9);
    device.startTransaction();
    assertEquals(device.readAll(), pattern(9));
    device.commitTransaction();
    assertEquals(device.bytesAvailable, 0);
  },
};

/** What a device promises: limited. */
export const limited: Record<string, Case> = {
  "makes its peer wait while its buffer is full": async ({ device, peer }, { pathSize }) => {
    const bytes = pattern(pathSize + 2 * LIMIT + 1);
    let most = 0, hasSent = false;
    device.readyRead.connect(() => most = Math.max(most, device.bytesAvailable));
    const sent = peer.send(bytes).then(() => hasSent = true);
    await until(device, () => device.bytesAvailable === LIMIT);
    assertEquals(device.peek(2 * LIMIT), bytes.subarray(0, LIMIT));
    assertEquals(hasSent, false);
    device.readAll();
    await until(device, () => device.bytesAvailable === LIMIT);
    assertEquals(hasSent, false);
    assertEquals(most, LIMIT);
    device.readBufferSize = 0;
    assertSame(await device.readExactly(bytes.length - LIMIT), bytes.subarray(LIMIT));
    await sent;
  },
  "reads more at once than its buffer holds when asked to": async ({ device, peer }) => {
    const bytes = pattern(3 * LIMIT + 1);
    const [read] = await Promise.all([device.readExactly(bytes.length), peer.send(bytes)]);
    assertEquals(read, bytes);
  },
};
