import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { SocketError } from "../../core/error.ts";
import { PermissionError, PermissionScope } from "../../core/permission.ts";
import { UdpSocket } from "../../net/udp_socket.ts";
import { bound, nextDatagram, text } from "../_support/datagrams.ts";

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
