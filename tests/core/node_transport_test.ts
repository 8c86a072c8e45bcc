import { assert, assertEquals, assertRejects } from "@std/assert";
import { dial } from "../../core/_dial.ts";
import type { Transport } from "../../core/transport.ts";
import { echoes, listen } from "./_dialling.ts";

/** Both ends of a connection that node's engine has made. */
async function nodePair(): Promise<{ transport: Transport; peer: Deno.TcpConn }> {
  using listener = listen();
  const target = { hostname: "127.0.0.1", port: listener.addr.port };
  const [{ transport }, peer] = await Promise.all([
    dial(target, { resettable: true, keepAliveIdle: 1000, timeout: 10_000 }),
    listener.accept(),
  ]);
  return { transport, peer };
}

Deno.test("NodeTransport ends each way by itself", async () => {
  const { transport, peer } = await nodePair();
  const buffer = new Uint8Array(3);
  await transport.closeWrite!();
  assertEquals(await peer.read(buffer), null);
  await peer.write(new TextEncoder().encode("later"));
  peer.close();
  assertEquals([await transport.read(buffer), await transport.read(buffer)], [3, 2]);
  assertEquals([await transport.read(buffer), await transport.read(buffer)], [null, null]);
  transport.close();
});

Deno.test("NodeTransport writes on after its peer has ended", async () => {
  const { transport, peer } = await nodePair();
  const buffer = new Uint8Array(9);
  await peer.closeWrite();
  assertEquals(await transport.read(buffer), null);
  await transport.write(new TextEncoder().encode("later"));
  assertEquals(await peer.read(buffer), 5);
  await transport.closeWrite!();
  assertEquals(await peer.read(buffer), null);
  peer.close();
  transport.close();
});

Deno.test("NodeTransport.abort() sends a reset", async () => {
  const { transport, peer } = await nodePair();
  transport.abort!();
  await assertRejects(() => peer.read(new Uint8Array(1)), Deno.errors.ConnectionReset);
  peer.close();
});

Deno.test("NodeTransport.close() ends a read that waits", async () => {
  const { transport, peer } = await nodePair();
  const reading = transport.read(new Uint8Array(1));
  transport.close();
  await assertRejects(() => reading, Deno.errors.Interrupted);
  await assertRejects(() => transport.write(new Uint8Array(1)));
  assertEquals(await peer.read(new Uint8Array(1)), null);
  peer.close();
});

Deno.test("NodeTransport passes everything on in order, and slows its peer down", async () => {
  const { transport, peer } = await nodePair();
  const size = 16 << 20;
  const sent = new Uint8Array(size).map((_, i) => i % 251);
  let written = 0;
  const writing = (async () => {
    while (written < size) written += await peer.write(sent.subarray(written, written + 65536));
    peer.close();
  })();
  const buffer = new Uint8Array(100_000);
  let at = await transport.read(buffer) ?? 0;
  // Nobody reads on: the peer gets rid of what the buffers between us hold, then it is stuck,
  // however often other connections get their turn.
  const other = await nodePair();
  for (let last = -1; last !== written;) {
    last = written;
    for (let i = 0; i < 20; i++) await echoes(other.transport, other.peer);
  }
  other.transport.close();
  other.peer.close();
  assert(written < size, `${written} bytes taken although nobody reads`);
  for (let count: number | null; (count = await transport.read(buffer)) !== null; at += count) {
    assertEquals(buffer[0], at % 251);
    assertEquals(buffer[count - 1], (at + count - 1) % 251);
  }
  assertEquals(at, size);
  await writing;
  transport.close();
});
