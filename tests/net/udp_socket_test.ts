import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { createSocket } from "node:dgram";
import { InvalidStateError, SocketError } from "../../core/error.ts";
import { PermissionError, PermissionScope } from "../../core/permission.ts";
import { NetworkDatagram } from "../../net/network_datagram.ts";
import { NetworkInterface } from "../../net/network_interface.ts";
import { UdpSocket } from "../../net/udp_socket.ts";
import { HostAddress } from "../../protocol/host_address.ts";
import { arrived, bound, closedPort, engines, nextDatagram, text } from "../_support/datagrams.ts";

const hasIPv6 = NetworkInterface.allAddresses().some((ip) =>
  ip.equals(HostAddress.localHostIPv6, [])
);

for (const engine of engines) {
  const test = (name: string, run: () => Promise<void>) => Deno.test(`${name} (${engine})`, run);

  test("UdpSocket.bind() knows its address at once and says bound", async () => {
    await using socket = new UdpSocket({ engine });
    const states: string[] = [];
    socket.stateChanged.connect((state) => states.push(`${state} ${socket.localPort > 0}`));
    assert(socket.bind({ address: "127.0.0.1" }));
    assertEquals(states, ["bound true"]);
    assertEquals(`${socket.localAddress}`, "127.0.0.1");
    assertEquals(socket.engine, engine);
    assert(socket.isOpen);
    assertThrows(() => socket.bind(), InvalidStateError, "the socket is bound");
  });

  test("UdpSocket.bind() fails with addressInUse, and can be tried again", async () => {
    await using first = await bound({ engine });
    await using second = new UdpSocket({ engine });
    const errors: SocketError[] = [];
    second.errorOccurred.connect((error) => errors.push(error));
    const { localPort: port } = first;
    assert(!second.bind({ address: "127.0.0.1", port }));
    assertEquals(errors.map(({ code }) => code), ["addressInUse"]);
    assertEquals(second.errorString, `Cannot bind to 127.0.0.1:${port}: address in use`);
    assertEquals([second.error, second.state, second.isOpen], [
      "addressInUse",
      "unconnected",
      false,
    ]);
    assert(second.bind({ address: "127.0.0.1" }));
    assertEquals(second.error, null);
  });

  test("UdpSocket.bind() fails with socketAddressNotAvailable", async () => {
    const error = await assertRejects(
      () => bound({ engine, address: "203.0.113.7" }),
      SocketError,
    );
    assertEquals(error.code, "socketAddressNotAvailable");
  });

  test("UdpSocket.bind() lets sockets share a port only with reuseAddress", async () => {
    await using first = await bound({ engine, reuseAddress: true });
    const { localPort: port } = first;
    await using second = await bound({ engine, port, reuseAddress: true });
    assertEquals(second.localPort, port);
    const error = await assertRejects(() => bound({ engine, port }), SocketError);
    assertEquals(error.code, "addressInUse");
  });

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

  test("UdpSocket.connectToHost() tells in Qt's order and hears its peer alone", async () => {
    await using server = await bound({ engine });
    await using stranger = await bound({ engine });
    await using client = new UdpSocket({ engine });
    const told: string[] = [];
    client.stateChanged.connect((state) => told.push(state));
    client.hostFound.connect(() => told.push("hostFound"));
    client.connected.connect(() => told.push("(connected)"));
    client.disconnected.connect(() => told.push("(disconnected)"));
    client.readChannelFinished.connect(() => told.push("readChannelFinished"));
    assertEquals(client.write("too early"), 0);
    client.connectToHost("127.0.0.1", server.localPort);
    assertEquals(client.state, "hostLookup");
    assert(await client.waitForConnected());
    assertEquals(`${client.peerAddress}:${client.peerPort}`, `127.0.0.1:${server.localPort}`);
    assertEquals([client.peerName, client.isWritable], ["127.0.0.1", true]);
    assertEquals(client.write("hello"), 5);
    const request = await nextDatagram(server);
    stranger.writeDatagram("intruder", "127.0.0.1", client.localPort);
    stranger.writeDatagram("done", "127.0.0.1", server.localPort);
    await nextDatagram(server);
    server.writeDatagram(request.makeReply("welcome"));
    assertEquals(text((await nextDatagram(client)).data), "welcome");
    assertEquals(client.hasPendingDatagrams(), false);
    client.disconnectFromHost();
    assertEquals(
      told.join(" "),
      [
        "hostLookup connecting hostFound connected (connected)",
        "closing unconnected readChannelFinished (disconnected)",
      ].join(" "),
    );
    assertEquals([client.localPort, client.peerPort, client.write("late")], [0, 0, 0]);
  });

  test("UdpSocket reads and writes a datagram a call once connected", async () => {
    await using server = await bound({ engine });
    await using client = await bound({ engine });
    client.connectToHost("127.0.0.1", server.localPort);
    assert(await client.waitForConnected());
    client.write("first");
    client.write("second");
    assertEquals(text((await nextDatagram(server)).data), "first");
    const { senderPort } = await nextDatagram(server);
    assertEquals(senderPort, client.localPort);
    for (const word of ["abc", "de"]) server.writeDatagram(word, "127.0.0.1", senderPort);
    await arrived(client, 5);
    assertEquals(text(client.read(2)), "ab");
    const buffer = new Uint8Array(8);
    assertEquals(client.readInto(buffer), 2);
    assertEquals(text(buffer.subarray(0, 2)), "de");
    assertEquals(client.read().length, 0);
    for (const word of ["x", "yz"]) server.writeDatagram(word, "127.0.0.1", senderPort);
    await arrived(client, 3);
    assertEquals(text(client.readAll()), "xyz");
    assertThrows(() => client.readLine(), InvalidStateError);
    assertThrows(() => client.skip(1), InvalidStateError);
    await assertRejects(() => client.readExactly(1), InvalidStateError);
  });

  test("UdpSocket's streams carry a datagram a chunk", async () => {
    await using server = await bound({ engine });
    await using client = new UdpSocket({ engine });
    client.connectToHost("127.0.0.1", server.localPort);
    assert(await client.waitForConnected());
    const writer = client.writable.getWriter();
    await writer.write("one");
    await writer.write(new Uint8Array([1, 2]));
    assertEquals(text((await nextDatagram(server)).data), "one");
    server.writeDatagram((await nextDatagram(server)).makeReply("back"));
    const reader = client.readable.getReader();
    assertEquals(text((await reader.read()).value!), "back");
    await writer.close();
    assertEquals((await reader.read()).done, true);
    assertEquals(client.state, "unconnected");
  });

  test("UdpSocket closes in any state, and what was sent still leaves", async () => {
    await using server = await bound({ engine });
    const idle = new UdpSocket({ engine });
    idle.close();
    idle.abort();
    await idle[Symbol.asyncDispose]();
    const connecting = new UdpSocket({ engine });
    connecting.connectToHost("127.0.0.1", server.localPort);
    connecting.abort();
    assertEquals(connecting.state, "unconnected");
    assertEquals(await connecting.waitForConnected(), false);
    const sender = new UdpSocket({ engine });
    for (let i = 0; i < 20; i++) sender.writeDatagram("x", "127.0.0.1", server.localPort);
    sender.close();
    sender.close();
    await sender[Symbol.asyncDispose]();
    await arrived(server, 20);
    assert(sender.bind({ address: "127.0.0.1" }));
    await sender[Symbol.asyncDispose]();
  });

  test("UdpSocket gives what had arrived after it has closed", async () => {
    await using a = await bound({ engine });
    await using b = await bound({ engine });
    a.writeDatagram("kept", "127.0.0.1", b.localPort);
    await arrived(b, 4);
    b.close();
    assertEquals(text(b.receiveDatagram()!.data), "kept");
    assertEquals(await b.waitForReadyRead(), false);
  });

  test("UdpSocket.abort() of a bound socket does not say disconnected", async () => {
    const socket = await bound({ engine });
    const told: string[] = [];
    socket.stateChanged.connect((state) => told.push(state));
    socket.disconnected.connect(() => told.push("(disconnected)"));
    socket.abort();
    await socket[Symbol.asyncDispose]();
    assertEquals(told, ["unconnected"]);
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

  test("UdpSocket joins and leaves a group", async () => {
    const loopback = NetworkInterface.allInterfaces()
      .find(({ addressEntries }) => addressEntries.some(({ ip }) => ip.isLoopback))!;
    const group = "239.255.77.1";
    // Bound to the group, it hears nothing else; senders choose the loopback interface.
    await using listener = await UdpSocket.bind({ engine, address: HostAddress.anyIPv4 });
    assert(listener.joinMulticastGroup(group, loopback), listener.errorString);
    assert(!listener.joinMulticastGroup(group, loopback));
    assertEquals(listener.error, "operation");
    await using sender = new UdpSocket({ engine: engine === "deno" ? "node" : engine });
    sender.setSocketOption("multicastTtl", 0);
    sender.setSocketOption("multicastLoopback", true);
    sender.multicastInterface = loopback;
    assert(sender.bind({ address: "127.0.0.1" }));
    assertEquals(sender.writeDatagram("to all", group, listener.localPort), 6);
    assertEquals(text((await nextDatagram(listener)).data), "to all");
    assert(listener.leaveMulticastGroup(group, loopback));
    assert(!listener.leaveMulticastGroup(group, loopback));
    sender.writeDatagram("unheard", group, listener.localPort);
    sender.writeDatagram("heard", "127.0.0.1", listener.localPort);
    assertEquals(text((await nextDatagram(listener)).data), "heard");
  });

  test("UdpSocket refuses groups that it cannot join", async () => {
    await using socket = await bound({ engine });
    assertThrows(() => socket.joinMulticastGroup("10.0.0.1"), RangeError, "no multicast address");
    assertThrows(() => socket.joinMulticastGroup("all"), TypeError);
    assert(!socket.joinMulticastGroup("ff15::1"));
    assertEquals(socket.error, "unsupportedSocketOperation");
    await using unbound = new UdpSocket({ engine });
    assertThrows(() => unbound.joinMulticastGroup("239.1.1.1"), InvalidStateError, "not bound");
  });

  test("UdpSocket broadcasts", async () => {
    await using listener = await UdpSocket.bind({ engine, address: HostAddress.anyIPv4 });
    await using sender = await bound({ engine });
    sender.writeDatagram("hear", "127.255.255.255", listener.localPort);
    assertEquals(text((await nextDatagram(listener)).data), "hear");
  });

  if (hasIPv6) {
    test("UdpSocket on the wildcard of both protocols hears both, IPv4 as IPv4", async () => {
      await using both = await UdpSocket.bind({ engine });
      assertEquals(both.localAddress, HostAddress.any);
      await using v4 = await bound({ engine });
      await using v6 = await bound({ engine, address: "::1" });
      for (const [peer, host] of [[v4, "127.0.0.1"], [v6, "::1"]] as const) {
        peer.writeDatagram("hello", host, both.localPort);
        const datagram = await nextDatagram(both);
        assertEquals(`${datagram.senderAddress}`, host);
        both.writeDatagram(datagram.makeReply("back"));
        assertEquals(text((await nextDatagram(peer)).data), "back");
      }
    });
  }
}

if (hasIPv6) {
  Deno.test("UdpSocket on the wildcard of IPv6 leaves IPv4 to others", async () => {
    await using v6 = await UdpSocket.bind({ address: HostAddress.anyIPv6 });
    await using v4 = await UdpSocket.bind({ address: HostAddress.anyIPv4, port: v6.localPort });
    assertEquals(v4.localPort, v6.localPort);
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

Deno.test("UdpSocket.connectToHost() looks names up, and fails when there is none", async () => {
  await using server = await bound();
  await using client = new UdpSocket();
  client.connectToHost("localhost", server.localPort, { protocol: "ipv4" });
  assert(await client.waitForConnected());
  assertEquals(`${client.peerAddress}`, "127.0.0.1");
  assertEquals(client.peerName, "localhost");
  client.connectToHost("127.0.0.1", 9);
  assertEquals([client.error, client.state], ["operation", "connected"]);

  await using lost = new UdpSocket();
  const told: string[] = [];
  lost.stateChanged.connect((state) => told.push(state));
  lost.errorOccurred.connect(({ code }) => told.push(code));
  lost.connectToHost("nowhere.invalid", 9);
  assertEquals(await lost.waitForConnected(), false);
  assertEquals(told, ["hostLookup", "unconnected", "hostNotFound"]);
  lost.connectToHost("::1", 9, { protocol: "ipv4" });
  assertEquals(await lost.waitForConnected(), false);
  assertEquals(lost.error, "hostNotFound");
});

Deno.test("UdpSocket's scope decides what it binds to and sends to", async () => {
  await using server = await bound();
  const scope = new PermissionScope({ net: [`127.0.0.1:${server.localPort}`] });
  await using socket = new UdpSocket({ scope });
  assert(!socket.bind({ address: "127.0.0.1" }));
  assertEquals(socket.error, "socketAccess");
  assertStringIncludes(socket.errorString, "its scope does not allow it");
  assertEquals(socket.writeDatagram("in", "127.0.0.1", server.localPort), 2);
  assertEquals(text((await nextDatagram(server)).data), "in");
  assertEquals(socket.writeDatagram("out", "127.0.0.1", 9), -1);
  assertEquals(socket.error, "socketAccess");
  socket.connectToHost("127.0.0.1", 9);
  assertEquals(await socket.waitForConnected(), false);
  assertEquals(socket.error, "socketAccess");
});

Deno.test({
  name: "UdpSocket without permission names the flag, and nothing is thrown",
  permissions: { net: ["127.0.0.1"] },
  fn: async () => {
    const error = await assertRejects(
      () => UdpSocket.bind({ address: "127.0.0.2", port: 7 }),
      SocketError,
    );
    assertEquals(error.code, "socketAccess");
    assertInstanceOf(error.cause, PermissionError);
    assertEquals(error.cause.flag, "--allow-net=127.0.0.2:7");
    // What may only be sent to the loopback address is sent from it.
    await using server = await bound();
    await using client = new UdpSocket();
    assertEquals(client.writeDatagram("x", "127.0.0.1", server.localPort), 1);
    assertEquals(`${client.localAddress}`, "127.0.0.1");
    assertEquals(client.writeDatagram("x", "127.0.0.2", 9), -1);
    assertEquals(
      client.errorString,
      "Cannot send a datagram to 127.0.0.2:9: it needs --allow-net=127.0.0.2:9",
    );
    await nextDatagram(server);
    const ffi = await assertRejects(() => bound({ packetInformation: true }), SocketError);
    assertEquals(ffi.code, "socketAccess");
    assertStringIncludes(ffi.message, "--allow-ffi=");
  },
});

Deno.test("UdpSocket chooses the engine that has what is asked for", async () => {
  await using plain = await bound();
  assertEquals(plain.engine, Deno.listenDatagram === undefined ? "node" : "deno");
  await using options = new UdpSocket();
  options.setSocketOption("receiveBufferSize", 50_000);
  assert(options.bind({ address: "127.0.0.1" }));
  assertEquals(options.engine, "node");
  assert(Number(options.socketOption("receiveBufferSize")) >= 50_000);
  const error = await assertRejects(
    () => bound({ engine: "node", packetInformation: true }),
    SocketError,
  );
  assertEquals(error.code, "unsupportedSocketOperation");
  assertStringIncludes(error.message, 'engine: "ffi" would');
  if (Deno.listenDatagram !== undefined) return;
  await assertRejects(() => bound({ engine: "deno" }), SocketError, "--unstable-net");
});

Deno.test("UdpSocket.setSocketOption() refuses what datagrams do not have", async () => {
  await using socket = await bound({ engine: "node" });
  socket.setSocketOption("lowDelay", true);
  assertEquals(socket.error, "unsupportedSocketOperation");
  assertEquals(socket.socketOption("lowDelay"), null);
  assertThrows(() => socket.setSocketOption("multicastTtl", 256), RangeError);
  assertThrows(() => socket.setSocketOption("sendBufferSize", 0), RangeError);
  socket.setSocketOption("typeOfService", 16);
  assertEquals(socket.error, "unsupportedSocketOperation");
  assertStringIncludes(socket.errorString, 'engine: "ffi" would');
  socket.setSocketOption("multicastTtl", 3);
  assertEquals(socket.socketOption("multicastTtl"), 3);
});

Deno.test("UdpSocket.bind() of the class gives up when its signal has aborted", async () => {
  const reason = new Error("enough");
  await assertRejects(() => bound({ signal: AbortSignal.abort(reason) } as never), Error, "enough");
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

if (engines.includes("ffi")) {
  Deno.test("UdpSocket with packetInformation tells and chooses a datagram's way", async () => {
    await using a = await bound({ packetInformation: true });
    await using b = await UdpSocket.bind({ packetInformation: true });
    a.writeDatagram(new NetworkDatagram("hi", "127.0.0.1", b.localPort, { hopLimit: 7 }));
    const datagram = await nextDatagram(b);
    assertEquals(
      `${datagram.destinationAddress}:${datagram.destinationPort}`,
      `127.0.0.1:${b.localPort}`,
    );
    assertEquals([datagram.hopLimit, datagram.interfaceIndex > 0], [7, true]);
    b.writeDatagram(datagram.makeReply("").with({ senderAddress: "127.0.0.3" }));
    const { data, hopLimit, senderAddress } = await nextDatagram(a);
    assertEquals([data.length, `${senderAddress}`, hopLimit > 7], [0, "127.0.0.3", true]);
  });

  Deno.test("UdpSocket of the ffi engine hears of a closed port and goes on", async () => {
    await using socket = new UdpSocket({ engine: "ffi" });
    socket.connectToHost("127.0.0.1", await closedPort());
    assert(await socket.waitForConnected());
    const failed = socket.errorOccurred.next({ timeout: 5_000 });
    socket.write("anybody?");
    assertEquals((await failed)[0].code, "connectionRefused");
    assertEquals(socket.state, "connected");
    assertEquals(`${socket.localAddress}`, "127.0.0.1");
  });

  Deno.test("UdpSocket of the ffi engine sets what others cannot", async () => {
    await using socket = await bound({ engine: "ffi", reusePort: true });
    await using other = await bound({ engine: "ffi", reusePort: true, port: socket.localPort });
    assertEquals(other.localPort, socket.localPort);
    for (
      const [option, value] of [["typeOfService", 16], ["multicastTtl", 9], [
        "multicastLoopback",
        0,
      ]] as const
    ) {
      socket.setSocketOption(option, value);
      assertEquals(socket.socketOption(option), value);
    }
  });
}

Deno.test("UdpSocket.unref() lets the process end", async () => {
  for (const engine of engines) {
    const code = `import { UdpSocket } from ${
      JSON.stringify(new URL("../../net/udp_socket.ts", import.meta.url).href)
    };
      const socket = await UdpSocket.bind({ address: "127.0.0.1", engine: "${engine}" });
      socket.unref();`;
    const flags = Deno.listenDatagram === undefined ? [] : ["--unstable-net"];
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        ...flags,
        "--no-lock",
        `data:application/typescript,${encodeURIComponent(code)}`,
      ],
      signal: AbortSignal.timeout(20_000),
    }).output();
    assert(success, engine);
  }
});
