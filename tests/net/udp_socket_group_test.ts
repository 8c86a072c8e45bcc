import { assert, assertEquals, assertThrows } from "@std/assert";
import { InvalidStateError } from "../../core/error.ts";
import { NetworkInterface } from "../../net/network_interface.ts";
import { UdpSocket } from "../../net/udp_socket.ts";
import { HostAddress } from "../../protocol/host_address.ts";
import { bound, engines, nextDatagram, text } from "../_support/datagrams.ts";

for (const engine of engines) {
  const test = (name: string, run: () => Promise<void>) => Deno.test(`${name} (${engine})`, run);

  test("UdpSocket joins and leaves a group", async () => {
    const loopback = NetworkInterface.allInterfaces()
      .find(({ addressEntries }) => addressEntries.some(({ ip }) => ip.isLoopback))!;
    const group = "239.255.77.1";
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
}
