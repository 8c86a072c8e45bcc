import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { InvalidStateError, SocketError } from "../../core/error.ts";
import type { Transport } from "../../core/transport.ts";
import { DatagramSocket } from "../../net/datagram_socket.ts";
import { NetworkDatagram } from "../../net/network_datagram.ts";
import { text } from "../_support/datagrams.ts";

/** A socket whose datagrams come from the test. */
class ScriptedSocket extends DatagramSocket {
  readonly sent: string[] = [];
  madeRoom = 0;
  #fail: (error: unknown) => void = () => {};

  open(): this {
    this._open();
    const end = new Promise<null>((_, reject) => this.#fail = reject);
    const transport: Transport = {
      read: () => end,
      write: (bytes) => Promise.resolve(bytes.length),
      close: () => {},
    };
    this._attach(transport);
    this._become("bound");
    return this;
  }

  arrive(data: string): boolean {
    return this._received(new NetworkDatagram(data));
  }

  fail(error: unknown): void {
    this.#fail(error);
  }

  writeDatagram({ data }: NetworkDatagram): number {
    this.sent.push(text(data));
    return data.length;
  }

  protected override _madeRoom(): void {
    this.madeRoom++;
  }
}

Deno.test("DatagramSocket keeps datagrams apart and in order", () => {
  const socket = new ScriptedSocket().open();
  for (const data of ["a", "", "bcd"]) socket.arrive(data);
  assertEquals([socket.bytesAvailable, socket.pendingDatagramSize], [4, 1]);
  assertEquals(text(socket.peek(9)), "a");
  assertEquals(text(socket.read()), "a");
  assertEquals([socket.hasPendingDatagrams(), socket.pendingDatagramSize], [true, 0]);
  assertEquals(socket.receiveDatagram()?.data.length, 0);
  assertEquals(text(socket.receiveDatagram(1)!.data), "b");
  assertEquals([socket.receiveDatagram(), socket.pendingDatagramSize], [null, -1]);
  assertEquals(socket.read().length, 0);
  socket.close();
});

Deno.test("DatagramSocket says when the next datagram has no room, and when it has again", () => {
  const socket = new ScriptedSocket({ readBufferSize: 2 * 256 }).open();
  assertEquals([socket.arrive(""), socket.arrive("")], [true, false]);
  assertEquals(socket.madeRoom, 0);
  socket.receiveDatagram();
  assertEquals([socket.madeRoom, socket.arrive("")], [1, false]);
  socket.readBufferSize = 0;
  assertEquals(socket.arrive(""), true);
  socket.close();
});

Deno.test("DatagramSocket keeps thousands in order", () => {
  const socket = new ScriptedSocket({ readBufferSize: 0 }).open();
  let next = 0;
  for (let i = 0; i < 5_000; i++) {
    socket.arrive(`${i}`);
    if (i % 3 > 0) assertEquals(text(socket.read()), `${next++}`);
  }
  while (socket.hasPendingDatagrams()) assertEquals(text(socket.read()), `${next++}`);
  assertEquals(next, 5_000);
  socket.close();
});

Deno.test("DatagramSocket.readyRead does not recurse into the slot that reads", async () => {
  const socket = new ScriptedSocket().open();
  let depth = 0;
  const seen: string[] = [];
  socket.readyRead.connect(() => {
    assertEquals(++depth, 1);
    seen.push(text(socket.read()));
    depth--;
  });
  socket.arrive("a");
  using _quiet = socket.readyRead.connect(() => {});
  for (const data of ["b", "c"]) socket.arrive(data);
  await Promise.resolve();
  assertEquals(seen, ["a", "b", "c"]);
  socket.close();
});

Deno.test("DatagramSocket.waitForReadyRead() is level, not edge", async () => {
  const socket = new ScriptedSocket().open();
  assertEquals(await socket.waitForReadyRead(1), false);
  socket.arrive("a");
  assertEquals(await socket.waitForReadyRead(), true);
  assertEquals(await socket.waitForReadyRead(1), false);
  socket.arrive("b");
  assertEquals(await socket.waitForReadyRead(), true);
  socket.arrive("c");
  socket.readAll();
  assertEquals(await socket.waitForReadyRead(1), false);
  const waiting = socket.waitForReadyRead(-1);
  socket.close();
  assertEquals(await waiting, false);
});

Deno.test("DatagramSocket throws from what reads a stream", async () => {
  const socket = new ScriptedSocket().open();
  socket.arrive("line\n");
  for (
    const read of [() => socket.readLine(), () => socket.skip(1), () => socket.startTransaction()]
  ) {
    assertThrows(read, InvalidStateError, "a reader of datagrams");
  }
  assertThrows(() => socket.unget(new Uint8Array(1)), InvalidStateError);
  await assertRejects(() => socket.readUntil("\n"), InvalidStateError);
  assertEquals(socket.canReadLine(), false);
  socket.close();
});

Deno.test("DatagramSocket that fails ends its iterators with the error", async () => {
  const socket = new ScriptedSocket().open();
  socket.arrive("last");
  const seen: string[] = [];
  const loop = (async () => {
    for await (const bytes of socket) seen.push(text(bytes));
  })();
  await Promise.resolve();
  socket.fail(Object.assign(new Error("out of memory"), { code: "ENOMEM" }));
  const error = await assertRejects(() => loop, SocketError);
  assertEquals([error.code, socket.error, socket.state], [
    "socketResource",
    "socketResource",
    "unconnected",
  ]);
  assertEquals(seen, ["last"]);
});

Deno.test("DatagramSocket's iterator never sees what came after it was opened again", async () => {
  const socket = new ScriptedSocket().open();
  const loop = socket.datagrams();
  const first = loop.next();
  socket.close();
  socket.open().arrive("new");
  assertEquals((await first).done, true);
  assertEquals(text(socket.receiveDatagram()!.data), "new");
  socket.close();
});

Deno.test("DatagramSocket.write() sends only once connected", () => {
  const socket = new ScriptedSocket().open();
  assertEquals([socket.write("x"), socket.isWritable], [0, false]);
  socket.close();
  assertEquals([socket.write("x"), socket.sent.length], [0, 0]);
});
