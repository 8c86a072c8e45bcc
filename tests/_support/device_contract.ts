/**
 * What every device promises, as tests that any pair of a device and its peer can be put through.
 *
 * Say how a pair is made, and what the device can do; the rest registers itself:
 *
 * ```ts ignore
 * deviceContract("TcpSocket", async (options) => {
 *   using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
 *   const [device, conn] = await Promise.all([
 *     TcpSocket.connect({ hostname: "127.0.0.1", port: listener.addr.port, ...options }),
 *     listener.accept(),
 *   ]);
 *   return { device, peer: transportPeer(conn), errors: device.errorOccurred };
 * }, { pathSize: 16 * 1024 * 1024 });
 * ```
 *
 * The peer is best something that is not ours. A device that only reads says `writable: false` and
 * needs no `receive` and `receiveEnd` of its peer; one whose peer cannot break off leaves `fail`
 * out. A pair is made anew for each test; after it the device and then the peer are closed.
 */
import { assert, assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { InvalidStateError, NetworkingError, SocketError } from "../../core/error.ts";
import type { IODevice } from "../../core/io_device.ts";
import type { Transport } from "../../core/transport.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** The other side of the device under test. */
export interface ContractPeer extends AsyncDisposable {
  /** Sends bytes; settles when the path has taken them all, which takes a reader. */
  send(bytes: Bytes): Promise<void>;
  /** Ends what the device reads, in the orderly way. */
  end(): Promise<void>;
  /** Takes exactly `size` bytes of what the device writes. */
  receive?(size: number): Promise<Bytes>;
  /** Settles when the device has ended its writing. */
  receiveEnd?(): Promise<void>;
  /** Breaks off, so that the device sees an error. */
  fail?(): void | Promise<void>;
}

/** A device under test and its peer. */
export interface ContractPair {
  readonly device: IODevice;
  readonly peer: ContractPeer;
  /** The signal of the device's failures, where it has one. */
  readonly errors?: {
    connect(slot: (error: NetworkingError) => void): unknown;
    next(options: { timeout: number }): Promise<unknown>;
  };
}

/** How the contract wants its device; a maker hands it to the constructor. */
export interface ContractDeviceOptions {
  readBufferSize?: number;
  allowHalfOpen?: boolean;
}

/** What the device can do. */
export interface ContractOptions {
  /** Whether it writes as well; true by default. */
  writable?: boolean;
  /** Whether one way can end before the other; what `writable` is by default. */
  halfClose?: boolean;
  /** Bytes that the way from the peer to the device holds at the most; 1 MiB by default. */
  pathSize?: number;
}

/** Makes a pair. */
export type MakePair = (options: ContractDeviceOptions) => Promise<ContractPair> | ContractPair;

type Case = (pair: ContractPair, options: Required<ContractOptions>) => Promise<void>;

/** Registers the tests of the contract for a device. */
export function deviceContract(
  name: string,
  makePair: MakePair,
  options: ContractOptions = {},
): void {
  const { writable = true, halfClose = writable, pathSize = 1024 * 1024 } = options;
  const able = { writable, halfClose, pathSize };
  const register = (cases: Record<string, Case>, wanted: ContractDeviceOptions = {}) => {
    for (const [promise, check] of Object.entries(cases)) {
      Deno.test(`${name} ${promise}`, async () => {
        const pair = await makePair(wanted);
        await using _peer = pair.peer;
        await using _device = pair.device;
        await check(pair, able);
      });
    }
  };
  register(reading);
  register(sharing);
  register(ending);
  register(limited, { readBufferSize: LIMIT });
  if (writable) register(writing);
  if (halfClose) register(halfClosing, { allowHalfOpen: true });
}

/** A peer over any transport, `Deno.Conn` for one. */
export function transportPeer(transport: Transport): ContractPeer {
  let isClosed = false;
  const once = (close: () => void) => {
    if (!isClosed) close();
    isClosed = true;
  };
  const peer: ContractPeer = {
    async send(bytes) {
      for (let sent = 0; sent < bytes.length;) sent += await transport.write(bytes.subarray(sent));
    },
    end: () => transport.closeWrite!(),
    async receive(size) {
      const bytes = new Uint8Array(size);
      for (let got = 0; got < size;) {
        const count = await transport.read(bytes.subarray(got));
        if (count === null) throw new Error(`Cannot receive ${size} bytes: ${got} came`);
        got += count;
      }
      return bytes;
    },
    async receiveEnd() {
      assertEquals(await transport.read(new Uint8Array(1)), null);
    },
    [Symbol.asyncDispose]: () => Promise.resolve(once(() => transport.close())),
  };
  if (transport.abort) peer.fail = () => once(() => transport.abort!());
  return peer;
}

const LIMIT = 1000;
const SIZES = [1, 64, 1000, 64 * 1024, 300_001];

/** Bytes of which each stands for its place. */
export function pattern(size: number): Bytes {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = i * 31 + (i >> 8);
  return bytes;
}

/** Compares without a listing of hundreds of thousands of bytes. */
export function assertSame(actual: Uint8Array, expected: Uint8Array): void {
  assertEquals(actual.length, expected.length);
  assertEquals(actual.findIndex((byte, index) => byte !== expected[index]), -1);
}

async function until(device: IODevice, isSo: () => boolean): Promise<void> {
  while (!isSo()) await device.readyRead.next({ timeout: 5_000 });
}

const reading: Record<string, Case> = {
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

const sharing: Record<string, Case> = {
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

const ending: Record<string, Case> = {
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

const limited: Record<string, Case> = {
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

const writing: Record<string, Case> = {
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

const halfClosing: Record<string, Case> = {
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
