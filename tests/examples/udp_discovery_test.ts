import { assertEquals } from "@std/assert";
import { find, offer } from "../../examples/udp_discovery.ts";
import { HostAddress } from "../../protocol/host_address.ts";

/** Heard by this machine alone. */
const address = new HostAddress("127.255.255.255");

Deno.test("udp_discovery finds who offers something", async () => {
  await using socket = await offer("printer", 0);
  for await (const found of find({ address, port: socket.localPort, milliseconds: 20_000 })) {
    assertEquals(found.name, "printer");
    assertEquals(found.address.isLoopback, true);
    break;
  }
});

Deno.test("udp_discovery finds nobody where nobody is", async () => {
  const port = await (async () => {
    await using socket = await offer("gone", 0);
    return socket.localPort;
  })();
  assertEquals(await Array.fromAsync(find({ address, port, milliseconds: 20 })), []);
});

Deno.test("udp_discovery runs as a program", async () => {
  await using socket = await offer("scanner", 0);
  const path = new URL("../../examples/udp_discovery.ts", import.meta.url).pathname;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--allow-net",
      path,
      "find",
      `${socket.localPort}`,
      `${address}`,
      "150",
    ],
    signal: AbortSignal.timeout(20_000),
  }).output();
  assertEquals(new TextDecoder().decode(stdout), "scanner at 127.0.0.1\n");
});
