import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { InvalidStateError, SocketError } from "../../core/error.ts";
import { NetworkInterface } from "../../net/network_interface.ts";
import { UdpSocket } from "../../net/udp_socket.ts";
import { HostAddress } from "../../protocol/host_address.ts";
import { bound, engines, nextDatagram, text } from "../_support/datagrams.ts";

const hasIPv6 = NetworkInterface.allAddresses()
  .some((ip) => ip.equals(HostAddress.localHostIPv6, []));

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
