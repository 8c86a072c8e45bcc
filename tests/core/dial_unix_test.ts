import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { dial } from "../../core/_dial.ts";
import { dialOnce, echoes, fails } from "./_dialling.ts";

Deno.test("dial() connects to Unix sockets", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/socket`;
  try {
    const missing = await fails("hostNotFound", { path });
    assertEquals(missing.message, `Cannot connect to ${path}: no such socket`);
    using listener = Deno.listen({ transport: "unix", path });
    const [dialled, peer] = await Promise.all([dial({ path }), listener.accept()]);
    assert(dialled.peerAddress.isNull && dialled.localPort === 0);
    await echoes(dialled.transport, peer);
    dialled.transport.close();
    peer.close();
    const flags = [`--allow-net=unix:${path}`, `--allow-read=${path}`, `--allow-write=${path}`];
    assertEquals(await dialOnce(flags, { path }), { peer: "", local: "", found: [] });
    const denied = await dialOnce(flags, { path }, { net: ["*"], read: ["*"] });
    assertEquals([denied["code"], denied["flag"]], ["socketAccess", `--allow-write=${path}`]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("dial() waits for a place in a Unix socket's queue", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/socket`;
  const waiting: Deno.Conn[] = [];
  try {
    using listener = Deno.listen({ transport: "unix", path });
    try {
      for (;;) waiting.push(await Deno.connect({ transport: "unix", path }));
    } catch (error) {
      assertInstanceOf(error, Deno.errors.WouldBlock);
    }
    await fails("socketTimeout", { path }, { timeout: 5 });
    const dialling = dial({ path }, { timeout: 10_000 });
    waiting.push(await listener.accept());
    (await dialling).transport.close();
  } finally {
    for (const connection of waiting) connection.close();
    await Deno.remove(folder, { recursive: true });
  }
});
