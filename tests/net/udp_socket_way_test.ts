import { assert, assertEquals } from "@std/assert";
import { NetworkDatagram } from "../../net/network_datagram.ts";
import { UdpSocket } from "../../net/udp_socket.ts";
import { bound, closedPort, engines, nextDatagram } from "../_support/datagrams.ts";

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
