import { assertEquals, assertInstanceOf, assertRejects, assertStrictEquals } from "@std/assert";
import { dial } from "../../core/_dial.ts";
import { connectByDeno, type Engine } from "../../core/_engine.ts";
import { HostAddress } from "../../protocol/host_address.ts";
import { closedPort, echoes, fails, list, listen, resolved } from "./_dialling.ts";

Deno.test("dial() connects to an address without looking anything up", async () => {
  using listener = listen();
  const { port } = listener.addr;
  for (const hostname of ["127.0.0.1", HostAddress.localHost]) {
    const found: string[] = [];
    const [dialled, peer] = await Promise.all([
      dial({ hostname, port }, {
        lookup: () => Promise.reject(new Error("looked up")),
        onLookup: (addresses) => found.push(addresses.join(" ")),
      }),
      listener.accept(),
    ]);
    assertEquals(found, ["127.0.0.1"]);
    assertEquals([`${dialled.peerAddress}`, dialled.peerPort], ["127.0.0.1", port]);
    assertEquals(`${dialled.localAddress}`, "127.0.0.1");
    assertEquals(dialled.localPort, peer.remoteAddr.port);
    await echoes(dialled.transport, peer);
    dialled.transport.close();
    peer.close();
  }
});

Deno.test("dial() takes IPv6 addresses bare and in brackets", async () => {
  using listener = listen("::1");
  const { port } = listener.addr;
  for (const hostname of ["::1", "[::1]"]) {
    const { transport, peerAddress } = await dial({ hostname, port }, { protocol: "ipv6" });
    assertEquals(`${peerAddress}`, "::1");
    transport.close();
  }
});

Deno.test("dial() looks names up as the system does", async () => {
  using listener = listen();
  const found: string[] = [];
  const { transport, peerAddress } = await dial(
    { hostname: "localhost", port: listener.addr.port },
    { protocol: "ipv4", onLookup: (addresses) => found.push(addresses.join(" ")) },
  );
  transport.close();
  assertEquals([`${peerAddress}`, found], ["127.0.0.1", ["127.0.0.1"]]);
});

Deno.test("dial() refuses targets that are none", async () => {
  for (const port of [-1, 65536, 1.5, NaN]) {
    await assertRejects(() => dial({ hostname: "localhost", port }), RangeError, `${port}`);
  }
  await assertRejects(() => dial({ hostname: HostAddress.null, port: 1 }), TypeError, "null");
  await fails("hostNotFound", { hostname: "", port: 1 });
});

Deno.test("dial() says what failed where, in Qt's words", async () => {
  const port = closedPort();
  const refused = await fails("connectionRefused", { hostname: "127.0.0.1", port });
  assertEquals(refused.message, `Cannot connect to 127.0.0.1:${port}: connection refused`);
  assertInstanceOf(refused.cause, Deno.errors.ConnectionRefused);

  const six = await fails("hostNotFound", { hostname: "::1", port }, { protocol: "ipv4" });
  assertEquals(six.message, `Cannot connect to [::1]:${port}: the address is not ipv4`);

  const name = { hostname: "none.test", port: 1 };
  const unknown = Object.assign(new Error("getaddrinfo ENOTFOUND"), { code: "ENOTFOUND" });
  const lost = await fails("hostNotFound", name, { lookup: () => Promise.reject(unknown) });
  assertEquals(lost.message, "Cannot connect to none.test:1: host not found");
  await fails("hostNotFound", name, { ...resolved("::1"), protocol: "ipv4" });
});

Deno.test("dial() converts international names", async () => {
  const asked: string[] = [];
  const lookup = (name: string) => (asked.push(name), Promise.resolve(list("127.0.0.1")));
  await fails("connectionRefused", { hostname: "bücher.test", port: closedPort() }, { lookup });
  assertEquals(asked, ["xn--bcher-kva.test"]);
});

Deno.test("dial() goes on to the next address when one refuses", async () => {
  using listener = listen();
  const target = { hostname: "two.test", port: listener.addr.port };
  for (const needs of [{}, { resettable: true }]) {
    const { signal } = new AbortController();
    const [{ transport, peerAddress }, peer] = await Promise.all([
      dial(target, { ...resolved("::1 127.0.0.1"), ...needs, signal }),
      listener.accept(),
    ]);
    assertEquals(`${peerAddress}`, "127.0.0.1");
    await echoes(transport, peer);
    transport.close();
    peer.close();
  }
});

Deno.test("dial() starts the next address beside one that hangs", async () => {
  using listener = listen();
  const given: string[] = [];
  const engine: Engine = (place, signal) =>
    place.hostname === "127.0.0.1"
      ? connectByDeno(place, signal)
      : hang(signal, () => given.push(place.hostname));
  const { transport, peerAddress } = await dial(
    { hostname: "two.test", port: listener.addr.port },
    { ...resolved("192.0.2.1 127.0.0.1 192.0.2.2"), engine, attemptDelay: 1 },
  );
  transport.close();
  assertEquals([`${peerAddress}`, given[0]], ["127.0.0.1", "192.0.2.1"]);
});

Deno.test("dial() keeps the failures of all addresses as the cause", async () => {
  const port = closedPort();
  const error = await fails(
    "connectionRefused",
    { hostname: "two.test", port },
    resolved("127.0.0.2 127.0.0.1"),
  );
  assertEquals(
    error.message,
    `Cannot connect to two.test:${port} at 127.0.0.1: connection refused`,
  );
  assertInstanceOf(error.cause, AggregateError);
  assertEquals(error.cause.errors.map(({ code }) => code), [
    "connectionRefused",
    "connectionRefused",
  ]);
});

Deno.test("dial() ends when its time is over", async () => {
  for (const addresses of ["192.0.2.1", "192.0.2.1 192.0.2.2"]) {
    const aborted: string[] = [];
    const engine: Engine = (place, signal) => hang(signal, () => aborted.push(place.hostname));
    const options = { ...resolved(addresses), engine, timeout: 30, attemptDelay: 0 };
    const error = await fails("socketTimeout", { hostname: "slow.test", port: 80 }, options);
    assertEquals(error.message, "Cannot connect to slow.test:80: no connection in 30 ms");
    assertInstanceOf(error.cause, DOMException);
    assertEquals([error.cause.name, aborted.join(" ")], ["TimeoutError", addresses]);
  }
  const lookup = () => Promise.withResolvers<HostAddress[]>().promise;
  await fails("socketTimeout", { hostname: "slow.test", port: 80 }, { lookup, timeout: 1 });
});

Deno.test("dial() rejects with the reason of its signal", async () => {
  const reason = new Error("enough");
  const never = () =>
    dial({ hostname: "127.0.0.1", port: 1 }, { signal: AbortSignal.abort(reason) });
  assertStrictEquals(await assertRejects(never), reason);
  for (const timeout of [-1, 60_000]) {
    const controller = new AbortController();
    const engine: Engine = (_, signal) => {
      queueMicrotask(() => controller.abort(reason));
      return hang(signal);
    };
    const dialling = dial({ hostname: "127.0.0.1", port: 1 }, {
      engine,
      signal: controller.signal,
      timeout,
    });
    assertStrictEquals(await assertRejects(() => dialling), reason);
  }
});

/** Never connects; rejects when it is given up. */
function hang(signal: AbortSignal | undefined, aborted = () => {}): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal?.addEventListener("abort", () => (aborted(), reject(signal.reason)));
  return promise;
}
