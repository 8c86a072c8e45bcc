import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { dial, type DialOptions, type TcpTarget, type UnixTarget } from "../../core/_dial.ts";
import { connectByDeno, connectByNode, type Engine } from "../../core/_engine.ts";
import { SocketError, type SocketErrorCode } from "../../core/error.ts";
import { PermissionError, type PermissionGrants, PermissionScope } from "../../core/permission.ts";
import type { Transport } from "../../core/transport.ts";
import { HostAddress } from "../../protocol/host_address.ts";

const list = (text: string) => text.split(" ").map((each) => new HostAddress(each));
const resolved = (text: string): Pick<DialOptions, "lookup"> => ({
  lookup: () => Promise.resolve(list(text)),
});

/** A port of this machine that refuses. */
function closedPort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

function listen(hostname = "127.0.0.1"): Deno.TcpListener {
  return Deno.listen({ hostname, port: 0 });
}

async function fails(
  code: SocketErrorCode,
  target: TcpTarget | UnixTarget,
  options?: DialOptions,
): Promise<SocketError> {
  const error = await assertRejects(() => dial(target, options), SocketError);
  assertEquals(error.code, code, error.message);
  return error;
}

async function echoes(transport: Transport, peer: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(16);
  await transport.write(new TextEncoder().encode("ping"));
  assertEquals(await peer.read(buffer), 4);
  await peer.write(buffer.subarray(0, 4));
  assertEquals(await transport.read(buffer), 4);
  assertEquals(new TextDecoder().decode(buffer.subarray(0, 4)), "ping");
}

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
    const options = { ...resolved(addresses), engine, timeout: 5, attemptDelay: 1 };
    const error = await fails("socketTimeout", { hostname: "slow.test", port: 80 }, options);
    assertEquals(error.message, "Cannot connect to slow.test:80: no connection in 5 ms");
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

/** What `dial_once.ts` prints when it runs with these flags alone. */
async function dialOnce(
  flags: readonly string[],
  target: (TcpTarget | UnixTarget) & { options?: DialOptions },
  grants: PermissionGrants | null = null,
): Promise<Record<string, unknown>> {
  const script = new URL("../_support/dial_once.ts", import.meta.url).pathname;
  const args = ["run", "--no-prompt", "--no-check", ...flags, script];
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args, JSON.stringify(target), JSON.stringify(grants)],
  }).output();
  assertEquals(new TextDecoder().decode(stderr), "");
  return JSON.parse(new TextDecoder().decode(stdout));
}

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

/** Never connects; rejects when it is given up. */
function hang(signal: AbortSignal | undefined, aborted = () => {}): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal?.addEventListener("abort", () => (aborted(), reject(signal.reason)));
  return promise;
}
