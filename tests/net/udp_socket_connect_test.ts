import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { InvalidStateError } from "../../core/error.ts";
import { UdpSocket } from "../../net/udp_socket.ts";
import { arrived, bound, engines, nextDatagram, text } from "../_support/datagrams.ts";

for (const engine of engines) {
  const test = (name: string, run: () => Promise<void>) => Deno.test(`${name} (${engine})`, run);

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
}

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
