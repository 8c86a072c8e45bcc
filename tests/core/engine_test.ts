import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { dial } from "../../core/_dial.ts";
import { connectByNode } from "../../core/_engine.ts";
import type { PermissionError } from "../../core/permission.ts";
import { closedPort, echoes, fails, listen } from "./_dialling.ts";

Deno.test("dial() connects from a local address and port", async () => {
  const port = closedPort();
  using listener = listen();
  const [dialled, peer] = await Promise.all([
    dial({ hostname: "127.0.0.1", port: listener.addr.port }, {
      localAddress: "127.0.0.2",
      localPort: port,
    }),
    listener.accept(),
  ]);
  assertEquals(peer.remoteAddr, { transport: "tcp", hostname: "127.0.0.2", port });
  assertEquals([`${dialled.localAddress}`, dialled.localPort], ["127.0.0.2", port]);
  await echoes(dialled.transport, peer);
  dialled.transport.close();
  peer.close();
  const target = { hostname: "127.0.0.1", port: listener.addr.port };
  await fails("socketAddressNotAvailable", target, { localAddress: "203.0.113.9" });
});

Deno.test({
  name: "dial() asks for the permission to bind before node does",
  permissions: { net: ["127.0.0.1"] },
  async fn() {
    const options = { localAddress: "127.0.0.2" };
    const error = await fails("socketAccess", { hostname: "127.0.0.1", port: 1 }, options);
    assertEquals((error.cause as PermissionError).flag, "--allow-net=127.0.0.2:0");
  },
});

Deno.test("connectByNode() leaves nothing behind when it is given up", async () => {
  using listener = listen();
  const { hostname, port } = listener.addr;
  const reason = new Error("enough");
  const connecting = connectByNode({ resettable: true })(
    { hostname, port },
    AbortSignal.abort(reason),
  );
  assertStrictEquals(await assertRejects(() => connecting), reason);
  const [own, first] = await Promise.all([Deno.connect({ hostname, port }), listener.accept()]);
  assertEquals(first.remoteAddr, own.localAddr);
  own.close();
  first.close();
});
