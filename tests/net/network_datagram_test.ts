import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { NetworkDatagram } from "../../net/network_datagram.ts";
import { HostAddress } from "../../protocol/host_address.ts";

Deno.test("NetworkDatagram of nothing knows nothing and is null", () => {
  const datagram = new NetworkDatagram();
  assertEquals(datagram.data.length, 0);
  assertEquals([datagram.senderPort, datagram.destinationPort, datagram.hopLimit], [-1, -1, -1]);
  assertEquals([datagram.interfaceIndex, datagram.isNull, datagram.isValid], [0, true, false]);
  assert(datagram.senderAddress.isNull && datagram.destinationAddress.isNull);
});

Deno.test("NetworkDatagram keeps its bytes and everything else", () => {
  const data = new Uint8Array([1, 2, 3]);
  const datagram = new NetworkDatagram(data, "192.0.2.1", 53, {
    senderAddress: HostAddress.localHost,
    senderPort: 4000,
    hopLimit: 0,
    interfaceIndex: 2,
  });
  assertStrictEquals(datagram.data, data);
  assertEquals(`${datagram.destinationAddress}:${datagram.destinationPort}`, "192.0.2.1:53");
  assertEquals(`${datagram.senderAddress}:${datagram.senderPort}`, "127.0.0.1:4000");
  assertEquals([datagram.hopLimit, datagram.interfaceIndex, datagram.isValid], [0, 2, true]);
});

Deno.test("NetworkDatagram takes text as UTF-8", () => {
  assertEquals(new NetworkDatagram("é").data, new Uint8Array([0xc3, 0xa9]));
});

Deno.test("NetworkDatagram refuses what cannot be", () => {
  assertThrows(
    () => new NetworkDatagram(7 as never),
    TypeError,
    "Cannot make a datagram of number",
  );
  assertThrows(() => new NetworkDatagram("", "localhost"), TypeError);
  assertThrows(() => new NetworkDatagram("", "::1", 65_536), RangeError, "Cannot use port 65536");
  assertThrows(() => new NetworkDatagram("", "::1", 1.5), RangeError);
  assertThrows(() => new NetworkDatagram("", "::1", 9, { hopLimit: 256 }), RangeError, "hop limit");
  assertThrows(() => new NetworkDatagram("", "::1", 9, { interfaceIndex: -2 }), RangeError);
});

/** The rows of makeReply: where it was sent to, and whether the reply comes from there. */
const rows: readonly [destination: string, isKept: boolean][] = [
  ["192.0.2.1", false],
  ["224.0.0.1", false],
  ["255.255.255.255", false],
  ["2001:db8::1", true],
  ["fd00::1", true],
  ["fe80::1%2", false],
  ["ff02::1", false],
  ["::1", false],
];

for (const [destination, isKept] of rows) {
  Deno.test(`NetworkDatagram.makeReply() to what came to ${destination}`, () => {
    const request = new NetworkDatagram("ping", destination, 7000, {
      senderAddress: "2001:db8::99",
      senderPort: 40_000,
      hopLimit: 3,
      interfaceIndex: 2,
    });
    const reply = request.makeReply("pong");
    assertEquals(new TextDecoder().decode(reply.data), "pong");
    assertEquals(`${reply.destinationAddress} ${reply.destinationPort}`, "2001:db8::99 40000");
    assertEquals([reply.hopLimit, reply.interfaceIndex], [-1, 2]);
    assertEquals(
      `${reply.senderAddress} ${reply.senderPort}`,
      isKept ? `${destination} 7000` : " -1",
    );
  });
}

Deno.test("NetworkDatagram.with() changes what it is told, and the original stays", () => {
  const datagram = new NetworkDatagram("a", "192.0.2.1", 1, { hopLimit: 5 });
  const changed = datagram.with({ data: "bc", destinationPort: 2, senderAddress: "::1" });
  assertEquals(new TextDecoder().decode(changed.data), "bc");
  assertEquals([changed.destinationPort, changed.hopLimit, `${changed.senderAddress}`], [
    2,
    5,
    "::1",
  ]);
  assertEquals(`${changed.destinationAddress}`, "192.0.2.1");
  assertEquals([datagram.destinationPort, datagram.data.length], [1, 1]);
});
