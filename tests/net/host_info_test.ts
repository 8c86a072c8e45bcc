import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { PermissionError, PermissionScope } from "../../core/permission.ts";
import { HostInfo } from "../../net/host_info.ts";
import { HostAddress } from "../../protocol/host_address.ts";

/** Calls back by look-up, as a promise. */
function lookUp(name: string): Promise<HostInfo> {
  return new Promise((resolve) => HostInfo.lookupHost(name, resolve));
}

Deno.test("HostInfo.fromName() finds this machine in the hosts file", async () => {
  const { addresses, error, errorString, hostName } = await HostInfo.fromName("localhost");
  assertEquals([hostName, error, errorString], ["localhost", null, ""]);
  assert(addresses.length > 0 && addresses.every((address) => address.isLoopback));
  assertEquals(new Set(addresses.map(String)).size, addresses.length);
});

Deno.test("HostInfo.fromName() finds the name of an address", async () => {
  const { addresses, error, hostName } = await HostInfo.fromName("127.0.0.1");
  assertEquals([`${addresses}`, error], ["127.0.0.1", null]);
  assert(hostName !== "127.0.0.1" && hostName !== "", hostName);
});

Deno.test("HostInfo.fromName() calls an address without a name by its text", async () => {
  for (const text of ["192.0.2.1", "2001:DB8:0::1"]) {
    const { addresses, error, hostName } = await HostInfo.fromName(text);
    const address = new HostAddress(text);
    assertEquals([`${addresses}`, error, hostName], [`${address}`, null, `${address}`]);
  }
});

Deno.test("HostInfo.fromName() has a sentence for a missing name", async () => {
  const { addresses, error, errorString, hostName } = await HostInfo.fromName("");
  assertEquals([addresses, error, hostName], [[], "hostNotFound", ""]);
  assertEquals(errorString, "Cannot look up a host: no host name given");
});

Deno.test("HostInfo.fromName() says hostNotFound of what cannot be a host", async () => {
  for (const name of ["a..b", "x".repeat(64), "\0", "exa mple", "bücher..example"]) {
    const { addresses, error, errorString, hostName } = await HostInfo.fromName(name);
    assertEquals([addresses, error, hostName], [[], "hostNotFound", name], errorString);
    assert(errorString.startsWith("Cannot look up "), errorString);
  }
});

Deno.test("HostInfo.fromName() keeps the family that is asked for", async () => {
  const { addresses } = await HostInfo.fromName("localhost", { family: 4 });
  assertEquals(`${addresses}`, "127.0.0.1");
  const { error, errorString } = await HostInfo.fromName("127.0.0.1", { family: 6 });
  assertEquals(error, "hostNotFound");
  assert(errorString.endsWith(": the host has no IPv6 address"), errorString);
});

Deno.test("HostInfo.fromName() ends by its signal", async () => {
  const reason = new Error("enough");
  const controller = new AbortController();
  const { signal } = controller;
  HostInfo.clearCache();
  const info = HostInfo.fromName("localhost", { signal });
  controller.abort(reason);
  assertStrictEquals(await assertRejects(() => info), reason);
  assertStrictEquals(await assertRejects(() => HostInfo.fromName("", { signal })), reason);
  // The system's look-up goes on; here it is waited for.
  await HostInfo.fromName("localhost");
});

Deno.test("HostInfo.lookupHost() always calls back later, known and empty names too", async () => {
  await lookUp("localhost");
  for (const name of ["localhost", "", "127.0.0.1"]) {
    let called = false;
    const info = new Promise<HostInfo>((resolve) => {
      const id = HostInfo.lookupHost(name, (info) => {
        called = true;
        resolve(info);
      });
      assert(id > 0);
    });
    assertEquals(called, false);
    assertEquals((await info).error, name === "" ? "hostNotFound" : null);
  }
});

Deno.test("HostInfo.lookupHost() gives each look-up an id and an answer of its own", async () => {
  HostInfo.clearCache();
  const answers: [id: number, info: HostInfo][] = [];
  const ids: number[] = [];
  await new Promise<void>((resolve) => {
    for (let i = 0; i < 4; i++) {
      const id = HostInfo.lookupHost("localhost", (info) => {
        if (answers.push([id, info]) === 4) resolve();
      });
      ids.push(id);
    }
  });
  assertEquals(answers.map(([id]) => id), ids);
  assertEquals(new Set(ids).size, 4);
  assertEquals(new Set(answers.map(([, { addresses }]) => `${addresses}`)).size, 1);
});

Deno.test("HostInfo.abortHostLookup() keeps the one callback from being called", async () => {
  const called: string[] = [];
  const aborted = HostInfo.lookupHost("localhost", () => called.push("aborted"));
  const other = lookUp("localhost").then(() => called.push("other"));
  HostInfo.abortHostLookup(aborted);
  HostInfo.abortHostLookup(aborted);
  HostInfo.abortHostLookup(-1);
  await other;
  await lookUp("localhost");
  assertEquals(called, ["other"]);
});

Deno.test("HostInfo.lookupHost() reports what its callback throws", async () => {
  const reported = Promise.withResolvers<unknown>();
  const listener = (event: ErrorEvent) => {
    event.preventDefault();
    reported.resolve(event.error);
  };
  addEventListener("error", listener, { once: true });
  const thrown = new Error("the user's");
  HostInfo.lookupHost("", () => {
    throw thrown;
  });
  assertStrictEquals(await reported.promise, thrown);
});

Deno.test("HostInfo.fromName() runs many look-ups at once, and files all the same", async () => {
  HostInfo.clearCache();
  const names = Array.from({ length: 40 }, (_, i) => `127.0.0.${i + 2}`);
  const infos = Promise.all(names.map((name) => HostInfo.fromName(name)));
  await Deno.stat(new URL(import.meta.url));
  assertEquals((await infos).map(({ addresses }) => `${addresses}`), names);
});

Deno.test({
  name: "HostInfo.fromName() tells which permission is missing",
  permissions: { net: ["localhost"] },
  async fn() {
    assertEquals((await HostInfo.fromName("localhost")).error, null);
    const { error, errorString } = await HostInfo.fromName("Bücher.example");
    assertEquals(error, "unknown");
    assertEquals(
      errorString,
      "Cannot look up Bücher.example: it needs --allow-net=xn--bcher-kva.example",
    );
    const { error: none, hostName } = await HostInfo.fromName("127.0.0.1");
    assertEquals([none, hostName], [null, "127.0.0.1"]);
  },
});

Deno.test("HostInfo.fromName() keeps to its scope, what is known already too", async () => {
  await HostInfo.fromName("localhost");
  const scope = new PermissionScope({ net: ["example.com"] });
  const { error, errorString } = await HostInfo.fromName("localhost", { scope });
  assertEquals(error, "unknown");
  assertEquals(errorString, "Cannot look up localhost: its scope does not allow it");
});

Deno.test("HostInfo.localHostName() is the machine's own", () => {
  assertEquals(HostInfo.localHostName(), Deno.hostname());
});

Deno.test({
  name: "HostInfo.localHostName() tells which permission is missing",
  permissions: "none",
  fn() {
    const { flag } = assertThrows(() => HostInfo.localHostName(), PermissionError);
    assertEquals(flag, "--allow-sys=hostname");
    assertEquals(HostInfo.localDomainName(), "");
  },
});

Deno.test("HostInfo.localDomainName() has no dots around it", () => {
  const domain = HostInfo.localDomainName();
  assert(/^$|^[^.].*[^.]$/.test(domain), domain);
});

Deno.test("HostInfo is a value", () => {
  const { addresses, error, errorString, hostName } = new HostInfo();
  assertEquals([addresses, error, errorString, hostName], [[], null, "", ""]);
  assertEquals(new HostInfo({ hostName: "a", error: "unknown" }).error, "unknown");
});
