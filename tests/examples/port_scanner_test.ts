import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { PermissionScope } from "../../core/permission.ts";
import { openPorts, portsOf } from "../../examples/port_scanner.ts";

Deno.test("port_scanner reads ports", () => {
  assertEquals(portsOf("22,80,8000-8002"), [22, 80, 8000, 8001, 8002]);
  for (const text of ["", "0", "65536", "9-8", "x", "1-", "1.5"]) {
    assertThrows(() => portsOf(text), RangeError, "Cannot read ports");
  }
});

Deno.test("port_scanner finds the open port among closed ones", async () => {
  using open = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const closed = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const ports = [closed.addr.port, open.addr.port];
  closed.close();
  const scope = new PermissionScope({ net: ["127.0.0.1"] });
  assertEquals(await Array.fromAsync(openPorts("127.0.0.1", { ports, scope })), [open.addr.port]);
});

Deno.test("port_scanner's scope keeps it at its host", async () => {
  const scope = new PermissionScope({ net: ["127.0.0.1"] });
  const scan = Array.fromAsync(openPorts("127.0.0.2", { ports: [9], scope }));
  await assertRejects(() => scan, Error, "its scope does not allow it");
});

Deno.test("port_scanner runs with the permission it names and no more", async () => {
  using open = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = open.addr;
  const path = new URL("../../examples/port_scanner.ts", import.meta.url).pathname;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-net=127.0.0.1", path, "127.0.0.1", `${port}`],
    signal: AbortSignal.timeout(20_000),
  }).output();
  assertEquals(new TextDecoder().decode(stdout), `127.0.0.1:${port} is open\n`);
});
