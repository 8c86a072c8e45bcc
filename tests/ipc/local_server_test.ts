import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { InvalidStateError, SocketError } from "../../core/error.ts";
import { type PermissionError, PermissionScope } from "../../core/permission.ts";
import { type LocalAccess, LocalServer, type LocalTransport } from "../../ipc/local_server.ts";
import { LocalSocket } from "../../ipc/local_socket.ts";
import { crashed, flagsFor, folder, once } from "../_support/local.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const modeOf = (path: string) => Deno.statSync(path).mode! & 0o777;
const exists = (path: string) =>
  Array.fromAsync(Deno.readDir(path.replace(/\/[^/]*$/, "")))
    .then((entries) => entries.some(({ name }) => path.endsWith(`/${name}`)));

Deno.test("LocalServer hands connections out, and its file goes with it", async () => {
  await using sockets = await folder();
  const name = sockets.at("s");
  const server = new LocalServer();
  assertEquals([server.isListening, server.serverName], [false, ""]);
  assert(server.listen(name));
  assertEquals([server.serverName, server.fullServerName], [name, name]);
  const told: string[] = [];
  server.pendingConnectionAvailable.connect(() => told.push("pendingConnectionAvailable"));
  server.newConnection.connect(() => told.push("newConnection"));
  using client = await Deno.connect({ transport: "unix", path: name });
  assert(await server.waitForNewConnection());
  assert(server.hasPendingConnections());
  await using socket = server.nextPendingConnection()!;
  assertEquals(told, ["pendingConnectionAvailable", "newConnection"]);
  assertEquals(socket.fullServerName, name);
  await client.write(new TextEncoder().encode("hello"));
  assertEquals(text(await socket.readExactly(5)), "hello");
  server.close();
  assertEquals([server.isListening, server.fullServerName], [false, ""]);
  await server[Symbol.asyncDispose]();
  assertEquals(await exists(name), false);
  socket.write("still here");
  const buffer = new Uint8Array(20);
  assertEquals(text(buffer.subarray(0, (await client.read(buffer))!)), "still here");
});

Deno.test("LocalServer lets in whom access names, the user alone by default", async (t) => {
  await using sockets = await folder();
  const cases: [LocalAccess[] | undefined, number][] = [
    [undefined, 0o700],
    [["user"], 0o700],
    [["user", "group"], 0o770],
    [["other"], 0o007],
    [["user", "group", "other"], 0o777],
  ];
  for (const [access, mode] of cases) {
    await t.step(`${access}`, async () => {
      const name = sockets.at("s");
      await using _server = await LocalServer.listen(
        name,
        access ? { access: new Set(access) } : {},
      );
      assertEquals(modeOf(name), mode);
    });
  }
});

Deno.test("LocalServer.listen() leaves the file alone when the name is taken", async () => {
  await using sockets = await folder();
  const name = sockets.at("s");
  crashed(name);
  const server = new LocalServer();
  assertEquals(server.listen(name), false);
  assertEquals(server.serverError, "addressInUse");
  assertEquals(server.errorString, `Cannot listen on ${name}: address in use`);
  assert(await exists(name));
  assert(LocalServer.removeServer(name));
  assert(LocalServer.removeServer(name));
  assert(server.listen(name));
  assertEquals(server.serverError, null);
  assertThrows(() => server.listen(name), InvalidStateError, `listens on ${name}`);
  await server[Symbol.asyncDispose]();
});

Deno.test("LocalServer.listen() says what is wrong with a name", async (t) => {
  await using sockets = await folder();
  const cases: Record<string, [string, string]> = {
    "no folder": [sockets.at("nowhere/s"), "hostNotFound"],
    "an empty name": ["", "hostNotFound"],
    "108 bytes": [`/tmp/${"x".repeat(103)}`, "hostNotFound"],
  };
  for (const [what, [name, code]] of Object.entries(cases)) {
    await t.step(what, async () => {
      const server = new LocalServer();
      assertEquals([server.listen(name), server.serverError], [false, code]);
      const error = await assertRejects(() => LocalServer.listen(name), SocketError);
      assertEquals([error.code, error.message], [code, server.errorString]);
    });
  }
  await t.step("a NUL", async () => {
    assertThrows(() => new LocalServer().listen("a\0"), TypeError);
    await assertRejects(() => LocalServer.listen("a\0"), TypeError);
  });
  await t.step("107 bytes are none too many", async () => {
    const name = sockets.at("s").padEnd(107, "x");
    await using _server = await LocalServer.listen(name);
    await using _socket = await LocalSocket.connect({ name });
  });
});

Deno.test("LocalServer.listen() takes a crashed server's name over, never a live one's", async () => {
  await using sockets = await folder();
  const name = sockets.at("s");
  crashed(name);
  await using server = await LocalServer.listen(name, { takeOverStale: true });
  assertEquals(await exists(`${name}.lock`), false);
  const error = await assertRejects(
    () => LocalServer.listen(name, { takeOverStale: true }),
    SocketError,
  );
  assertEquals(error.code, "addressInUse");
  await using socket = await LocalSocket.connect({ name });
  socket.write("alive");
  for await (const peer of server) {
    const [word] = await Promise.all([peer.readExactly(5).catch(() => null)]);
    await peer[Symbol.asyncDispose]();
    // The one who asked whether the server is alive has come and gone.
    if (word !== null) break;
  }
});

Deno.test("LocalServer.listen() lets one of many take a crashed server's name over", async () => {
  await using sockets = await folder();
  const name = sockets.at("s");
  crashed(name);
  const attempts = await Promise.allSettled(
    Array.from({ length: 8 }, () => LocalServer.listen(name, { takeOverStale: true })),
  );
  const servers = attempts.flatMap((each) => each.status === "fulfilled" ? each.value : []);
  assertEquals(servers.length, 1);
  await using socket = await LocalSocket.connect({ name });
  assertEquals(socket.state, "connected");
  for (const server of servers) await server[Symbol.asyncDispose]();
  assertEquals(await exists(`${name}.lock`), false);
});

Deno.test("LocalServer.listen() waits until a server that has closed is gone", async () => {
  await using sockets = await folder();
  const name = sockets.at("s");
  const first = await LocalServer.listen(name);
  first.close();
  await using second = await LocalServer.listen(name);
  await first[Symbol.asyncDispose]();
  await using socket = await LocalSocket.connect({ name });
  assert(await second.waitForNewConnection());
  assertEquals(socket.state, "connected");
});

Deno.test("LocalServer listens on abstract names, where no file is", async () => {
  const name = `quayside ${crypto.randomUUID()}`;
  await using server = await LocalServer.listen(name, { abstract: true });
  assertEquals(server.fullServerName, name);
  await using socket = await LocalSocket.connect({ name, abstract: true });
  await server.waitForNewConnection();
  await using peer = server.nextPendingConnection()!;
  socket.write("hi");
  assertEquals(text(await peer.readExactly(2)), "hi");
  assertEquals(peer.fullServerName, name);
  const second = new LocalServer();
  assertEquals(second.listen(name, { abstract: true }), false);
  assertEquals(second.serverError, "addressInUse");
});

Deno.test("LocalServer accepts no more than may wait, and goes on when some are taken", async () => {
  await using sockets = await folder();
  const name = sockets.at("s");
  await using server = await LocalServer.listen(name);
  server.maxPendingConnections = 2;
  const clients = await Promise.all(
    Array.from({ length: 4 }, () => Deno.connect({ transport: "unix", path: name })),
  );
  let waiting = 0, most = 0;
  server.newConnection.connect(() => most = Math.max(most, ++waiting));
  for (let taken = 0; taken < 4; taken++) {
    await server.waitForNewConnection();
    waiting--;
    await server.nextPendingConnection()![Symbol.asyncDispose]();
  }
  assert(most <= 2);
  for (const client of clients) client.close();
});

Deno.test("LocalServer makes sockets of any class", async () => {
  class Session extends LocalSocket {
    readonly id = 7;
    constructor(connection: LocalTransport) {
      super();
      this._adoptTransport(connection);
    }
  }
  await using sockets = await folder();
  const name = sockets.at("s");
  await using server = await LocalServer.listen(name, {
    makeSocket: (connection) => new Session(connection),
  });
  await using _client = await LocalSocket.connect({ name });
  for await (const session of server) {
    assertEquals(session.id, 7);
    await session[Symbol.asyncDispose]();
    break;
  }
});

Deno.test("LocalServer asks its scope before it listens", async () => {
  await using sockets = await folder();
  const name = sockets.at("s");
  const scope = new PermissionScope({ net: [`unix:${name}`], read: [name] });
  const error = await assertRejects(() => LocalServer.listen(name, { scope }), SocketError);
  assertEquals(error.code, "socketAccess");
  assertEquals((error.cause as PermissionError).flag, `--allow-write=${name}`);
  assertEquals(await exists(name), false);
});

Deno.test("LocalServer and LocalSocket need the documented permissions, and no more", async (t) => {
  await using sockets = await folder();
  const name = sockets.at("s");
  const flags = flagsFor(name);
  await t.step("all", async () => {
    assertEquals(await once(flags, { name }), `word ${name} 700`);
  });
  for (const missing of flags) {
    await t.step(`all but ${missing}`, async () => {
      const rest = flags.filter((flag) => flag !== missing);
      assertEquals(await once(rest, { name }), `socketAccess ${missing}`);
    });
  }
  await t.step("TMPDIR, where it may be read", async () => {
    const env = { TMPDIR: sockets.at("") };
    const granted = ["--allow-env=TMPDIR", ...flags];
    assertEquals(await once(granted, { env, name: "s" }), `word ${name} 700`);
    const so = "socketAccess --allow-net=unix:/tmp/s";
    assertEquals(await once(flags, { env, name: "s" }), so);
  });
});

Deno.test("LocalServer keeps others out from the first moment, whatever the umask", async (t) => {
  await using sockets = await folder();
  const name = sockets.at("s");
  const flags = flagsFor(name);
  await t.step("a umask that lets others write has to be changed", async () => {
    const so = "socketAccess --allow-sys";
    assertEquals(await once(flags, { name, umask: "002" }), so);
    assertEquals(await exists(name), false);
    const granted = ["--allow-sys", ...flags];
    assertEquals(await once(granted, { name, umask: "000" }), `word ${name} 700`);
  });
  await t.step("but not for a server that is for them", async () => {
    const options = { access: ["user", "group"] };
    assertEquals(await once(flags, { name, options, umask: "002" }), `word ${name} 770`);
  });
});
