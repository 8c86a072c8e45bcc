import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { dial } from "../../core/_dial.ts";
import { connectByDeno, type Engine } from "../../core/_engine.ts";
import { PermissionError, PermissionScope } from "../../core/permission.ts";
import type { HostAddress } from "../../protocol/host_address.ts";
import { dialOnce, fails, list, listen, resolved } from "./_dialling.ts";

Deno.test("dial() connects only where its scope allows", async () => {
  using listener = listen();
  const { port } = listener.addr;
  const scope = new PermissionScope({ net: [`127.0.0.1:${port}`] });
  (await dial({ hostname: "127.0.0.1", port }, { scope })).transport.close();
  const error = await fails("socketAccess", { hostname: "localhost", port }, { scope });
  assertEquals(error.message, `Cannot connect to localhost:${port}: its scope does not allow it`);
  assertInstanceOf(error.cause, PermissionError);
  assertEquals([error.cause.refusedBy, error.cause.flag], [
    "scope",
    `--allow-net=localhost:${port}`,
  ]);
});

Deno.test("dial() checks denials on every address of a name", async () => {
  using listener = listen();
  const { port } = listener.addr;
  const tried: string[] = [];
  const engine: Engine = (place, signal) => {
    tried.push(place.hostname);
    return connectByDeno({ ...place, hostname: "127.0.0.1" }, signal);
  };
  const scope = new PermissionScope({ net: ["*"], deny: { net: ["private", "loopback"] } });
  const found: string[] = [];
  const onLookup = (addresses: readonly HostAddress[]) => found.push(addresses.join(" "));
  const options = { scope, engine, onLookup };
  const some = resolved("10.0.0.1 192.0.2.1 ::ffff:127.0.0.1");
  (await dial({ hostname: "some.test", port }, { ...options, ...some })).transport.close();
  assertEquals([tried, found], [["192.0.2.1"], ["192.0.2.1"]]);

  const all = resolved("10.0.0.1 ::1");
  const error = await fails("socketAccess", { hostname: "all.test", port }, { ...options, ...all });
  assertEquals((error.cause as PermissionError).flag, `--allow-net=10.0.0.1:${port}`);
  await fails("socketAccess", { hostname: "127.0.0.1", port }, options);
  assertEquals(tried.length, 1);
});

Deno.test({
  name: "dial() leaves the connecting to Deno where only the name is granted",
  permissions: { net: ["localhost", "127.0.0.1:0"] },
  async fn() {
    using listener = listen();
    const target = { hostname: "localhost", port: listener.addr.port };
    const found: string[] = [];
    const onLookup = (addresses: readonly HostAddress[]) => found.push(addresses.join(" "));
    const { transport, peerAddress } = await dial(target, { onLookup });
    transport.close();
    assertEquals(`${peerAddress}`, "127.0.0.1");
    assert(found[0]!.includes("127.0.0.1"));

    const scope = new PermissionScope({ net: ["*"], deny: { net: [`127.0.0.1:${target.port}`] } });
    const lookup = () => Promise.resolve(list("192.0.2.1"));
    const late = await fails("socketAccess", target, { scope, lookup });
    assertEquals((late.cause as PermissionError).refusedBy, "scope");

    const bound = await fails("socketAccess", target, { resettable: true });
    assertEquals((bound.cause as PermissionError).flag, `--allow-net=127.0.0.1:${target.port}`);
  },
});

Deno.test({
  name: "dial() names the flag that the process lacks",
  permissions: { net: ["127.0.0.1:0"] },
  async fn() {
    const error = await fails("socketAccess", { hostname: "example.com", port: 443 });
    assertEquals(
      error.message,
      "Cannot connect to example.com:443: it needs --allow-net=example.com:443",
    );
    const unix = await fails("socketAccess", { path: "/run/a" });
    assertEquals(unix.message, "Cannot connect to /run/a: it needs --allow-net=unix:/run/a");
    const hidden = await fails("socketAccess", { path: "\0a" });
    assertEquals(hidden.message, "Cannot connect to @a: it needs --allow-net");
  },
});

// These start a Deno of their own: only then are the flags exactly those of the documentation.
Deno.test("dial() needs --allow-net=name:port and no more", async () => {
  using listener = listen();
  const target = { hostname: "localhost", port: listener.addr.port };
  const flag = `--allow-net=localhost:${target.port}`;
  const peer = "127.0.0.1";
  assertEquals(await dialOnce([flag], target), { peer, local: peer, found: [""] });
  assertEquals(await dialOnce([flag], target, { net: ["*"], deny: { net: ["loopback"] } }), {
    code: "socketAccess",
    flag,
    refusedBy: "scope",
    found: [],
  });
  const deny = { net: ["*"], deny: { net: ["127.0.0.0/8"] } };
  assertEquals(await dialOnce([flag], target, deny), {
    code: "socketAccess",
    flag: `--allow-net=127.0.0.1:${target.port}`,
    refusedBy: "scope",
    found: [""],
  });
  const ipv4 = await dialOnce([flag], { ...target, options: { protocol: "ipv4" } });
  assertEquals(ipv4["flag"], "--allow-net=localhost");
});

Deno.test("dial() races by itself where name and addresses are granted", async () => {
  using listener = listen();
  const target = { hostname: "localhost", port: listener.addr.port };
  const peer = "127.0.0.1";
  const flags = ["--allow-net=localhost,127.0.0.1,[::1]"];
  const direct = await dialOnce(flags, { ...target, options: { protocol: "ipv4" } });
  assertEquals(direct, { peer, local: peer, found: [peer] });
  const bound = await dialOnce(flags, {
    ...target,
    options: { protocol: "ipv4", localAddress: "127.0.0.1" },
  });
  assertEquals(bound, { peer, local: peer, found: [peer] });
});
