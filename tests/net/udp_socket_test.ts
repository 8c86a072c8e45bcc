import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { createSocket } from "node:dgram";
import { InvalidStateError } from "../../core/error.ts";
import { UdpSocket } from "../../net/udp_socket.ts";
import { arrived, bound, engines, nextDatagram, text } from "../_support/datagrams.ts";

for (const engine of engines) {
  const test = (name: string, run: () => Promise<void>) => Deno.test(`${name} (${engine})`, run);

  test("UdpSocket sends and receives whole datagrams, the empty and the longest too", async () => {
    await using a = await bound({ engine });
    await using b = await bound({ engine });
    for (const size of [0, 1, 1_000, 65_507]) {
      const data = new Uint8Array(size).map((_, i) => i * 7);
      assertEquals(a.writeDatagram(data, "127.0.0.1", b.localPort), size);
      while (!b.hasPendingDatagrams()) assert(await b.waitForReadyRead());
      assertEquals(b.pendingDatagramSize, size);
      const datagram = b.receiveDatagram()!;
      assertEquals(datagram.data, data);
      assertEquals(datagram.data.buffer.byteLength, size);
      assertEquals(`${datagram.senderAddress}:${datagram.senderPort}`, `127.0.0.1:${a.localPort}`);
      assertEquals(`${datagram.destinationAddress}`, "127.0.0.1");
      assertEquals(datagram.destinationPort, b.localPort);
      assertEquals(b.pendingDatagramSize, -1);
    }
    assertEquals(b.receiveDatagram(), null);
  });

  test("UdpSocket.writeDatagram() refuses what is too large", async () => {
    await using socket = await bound({ engine });
    const sent = socket.writeDatagram(new Uint8Array(65_508), "127.0.0.1", socket.localPort);
    assertEquals([sent, socket.error], [-1, "datagramTooLarge"]);
    assertStringIncludes(socket.errorString, "65508 bytes are more than the 65507 that fit");
    assertEquals(socket.state, "bound");
  });

  test("UdpSocket.writeDatagram() binds the socket, which then hears the answer", async () => {
    await using server = await bound({ engine });
    await using client = new UdpSocket({ engine });
    const states: string[] = [];
    client.stateChanged.connect((state) => states.push(state));
    assertEquals(client.writeDatagram("ping", "127.0.0.1", server.localPort), 4);
    assertEquals(states, ["bound"]);
    const request = await nextDatagram(server);
    server.writeDatagram(request.makeReply("pong"));
    const heard = client.readyRead.next({ timeout: 5_000 });
    await heard;
    assertEquals(text(client.receiveDatagram()!.data), "pong");
  });

  test("UdpSocket.writeDatagram() copies bytes, so that they may be used again at once", async () => {
    await using a = await bound({ engine });
    await using b = await bound({ engine });
    const data = new Uint8Array([1, 2, 3]);
    a.writeDatagram(data, "127.0.0.1", b.localPort);
    data.fill(9);
    assertEquals((await nextDatagram(b)).data, new Uint8Array([1, 2, 3]));
  });

  test("UdpSocket.receiveDatagram(maxSize) cuts and loses the rest", async () => {
    await using a = await bound({ engine });
    await using b = await bound({ engine });
    a.writeDatagram("abcdef", "127.0.0.1", b.localPort);
    a.writeDatagram("next", "127.0.0.1", b.localPort);
    await arrived(b, 10);
    assertEquals(text(b.peek(2)), "ab");
    const cut = b.receiveDatagram(3)!;
    assertEquals(text(cut.data), "abc");
    assertEquals(cut.senderPort, a.localPort);
    assertEquals(text(b.receiveDatagram()!.data), "next");
  });

  test("UdpSocket.readyRead is silent until a datagram is read, and then comes again", async () => {
    await using a = await bound({ engine });
    await using b = await bound({ engine });
    let count = 0;
    b.readyRead.connect(() => count++);
    for (const word of ["one", "two", "six"]) a.writeDatagram(word, "127.0.0.1", b.localPort);
    await arrived(b, 9);
    assertEquals(count, 1);
    const again = b.readyRead.next({ timeout: 5_000 });
    b.receiveDatagram();
    assertEquals(count, 1);
    await again;
    assertEquals(count, 2);
    b.receiveDatagram();
    b.receiveDatagram();
    await Promise.resolve();
    assertEquals(count, 2);
    a.writeDatagram("new", "127.0.0.1", b.localPort);
    await arrived(b, 3);
    assertEquals(count, 3);
  });

  test("UdpSocket keeps no more unread datagrams than readBufferSize", async () => {
    await using a = await bound({ engine });
    await using b = await bound({ engine, readBufferSize: 3 * (256 + 4) });
    await using witness = await bound({ engine });
    for (let i = 0; i < 50; i++) a.writeDatagram(`n${i}`.padEnd(4), "127.0.0.1", b.localPort);
    await arrived(b, 12);
    a.writeDatagram("done", "127.0.0.1", witness.localPort);
    await nextDatagram(witness);
    assertEquals(b.bytesAvailable, 12);
    const first = ["n0", "n1", "n2"].map((word) => word.padEnd(4));
    assertEquals(first.map(() => text(b.read())), first);
  });

  test("UdpSocket.datagrams() gives them in order until the socket closes", async () => {
    await using a = await bound({ engine });
    await using b = await bound({ engine });
    const seen: string[] = [];
    for (const word of ["a", "", "c"]) a.writeDatagram(word, "127.0.0.1", b.localPort);
    for await (const { data } of b.datagrams()) {
      seen.push(text(data));
      assertThrows(() => b.receiveDatagram(), InvalidStateError, "an iterator");
      await assertRejects(() => b.datagrams().next(), InvalidStateError);
      if (seen.length === 3) b.close();
    }
    assertEquals(seen, ["a", "", "c"]);
    assertEquals(b.state, "unconnected");
  });

  test("UdpSocket emits bytesWritten a datagram and waits for it", async () => {
    await using a = await bound({ engine });
    const sizes: number[] = [];
    a.bytesWritten.connect((size) => sizes.push(size));
    a.writeDatagram("abc", "127.0.0.1", a.localPort);
    a.writeDatagram("", "127.0.0.1", a.localPort);
    await a.flush();
    assertEquals(sizes, [3, 0]);
    assertEquals(a.bytesToWrite, 0);
    assertEquals(await a.waitForBytesWritten(), true);
    assertEquals(await a.waitForBytesWritten(), false);
  });

  test("UdpSocket talks to node:dgram", async () => {
    await using socket = await bound({ engine });
    const peer = createSocket("udp4");
    try {
      await new Promise<void>((resolve) => peer.bind(0, "127.0.0.1", resolve));
      peer.on("message", (message, { port, address }) => peer.send(message, port, address));
      socket.writeDatagram("echo", "127.0.0.1", peer.address().port);
      assertEquals(text((await nextDatagram(socket)).data), "echo");
    } finally {
      await new Promise<void>((resolve) => peer.close(() => resolve()));
    }
  });
}

Deno.test("UdpSocket.writeDatagram() throws at destinations that are none", async () => {
  await using socket = await bound();
  assertThrows(() => socket.writeDatagram("x", "localhost", 9), TypeError);
  assertThrows(() => socket.writeDatagram("x", "127.0.0.1", 0), RangeError);
  assertThrows(() => socket.writeDatagram("x", "127.0.0.1", 65_536), RangeError);
  assertThrows(() => socket.writeDatagram("x"), InvalidStateError, "no destination");
  assertThrows(() => socket.writeDatagram(7 as never, "127.0.0.1", 9), TypeError);
  assertThrows(() => socket.connectToHost("", 9), TypeError);
  assertThrows(() => socket.connectToHost("127.0.0.1", 0), RangeError);
  assertThrows(() => socket.receiveDatagram(-1), RangeError);
  assertThrows(() => new UdpSocket().bind({ port: 65_536 }), RangeError);
  assertThrows(() => new UdpSocket().bind({ address: "localhost" }), TypeError);
});

Deno.test("UdpSocket stops taking when too much waits to be sent", async () => {
  await using a = await bound({ engine: "node" });
  const data = new Uint8Array(60_000);
  let sent = 0;
  while (sent < 100 && a.writeDatagram(data, "127.0.0.1", a.localPort) > 0) sent++;
  assert(sent < 100);
  assertEquals(a.error, "temporary");
  await a.flush();
  assertEquals(a.writeDatagram("x", "127.0.0.1", a.localPort), 1);
});
