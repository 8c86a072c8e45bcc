/** LocalSocket and LocalServer with Qt's own classes and with plain C as the other end. */
import { assert, assertEquals } from "@std/assert";
import { Libc } from "../../core/_libc.ts";
import { LocalServer } from "../../ipc/local_server.ts";
import { LocalSocket } from "../../ipc/local_socket.ts";
import { assertNothingLives } from "../_support/live.ts";
import { crashed, folder } from "../_support/local.ts";
import { type PeerProgram, startC, startQt } from "../_support/peers/programs.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const lineOf = async (peer: PeerProgram, expected: string) =>
  assertEquals(await peer.line(), expected);

/** What our socket tells of the same talk that the Qt program has by itself. */
async function toldBy(
  name: string,
  options: { abstract?: boolean; leave?: boolean } = {},
): Promise<string[]> {
  await using socket = new LocalSocket();
  const told: string[] = [];
  const keep = (line: string) => told.push(line);
  socket.stateChanged.connect((state) => keep(`[${state}]`));
  socket.errorOccurred.connect(({ code }) => keep(`errorOccurred ${code}`));
  socket.disconnected.connect(() => keep("disconnected"));
  socket.readyRead.connect(() => keep(`readyRead ${text(socket.readAll())}`));
  socket.connected.connect(() => {
    keep("connected");
    if (options.leave) socket.disconnectFromServer();
    else socket.write("hello");
  });
  socket.connectToServer(name, options);
  await socket.waitForDisconnected();
  await socket[Symbol.asyncDispose]();
  return told;
}

async function toldByQt(args: readonly string[]): Promise<string[]> {
  await using qt = await startQt(args);
  return await qt.lines();
}

Deno.test("LocalSocket tells what QLocalSocket tells, in the same order", async (t) => {
  await using sockets = await folder();
  const name = sockets.at("s");
  await t.step("a server that says something and closes", async () => {
    await using server = await startQt(["bye", name]);
    await lineOf(server, `listening ${name}`);
    assertEquals(await toldBy(name), await toldByQt(["connect", name]));
  });
  await t.step("a client that leaves", async () => {
    await using server = await startQt(["listen", name]);
    await lineOf(server, `listening ${name}`);
    assertEquals(await toldBy(name, { leave: true }), await toldByQt(["leave", name]));
  });
  await t.step("nothing there", async () => {
    const nobody = sockets.at("nobody");
    assertEquals(await toldBy(nobody), await toldByQt(["connect", nobody]));
  });
  await t.step("a crashed server", async () => {
    const stale = sockets.at("stale");
    crashed(stale);
    assertEquals(await toldBy(stale), await toldByQt(["connect", stale]));
  });
  await t.step("a name that is too long", async () => {
    const long = `/tmp/${"x".repeat(103)}`;
    assertEquals(await toldBy(long), await toldByQt(["connect", long]));
  });
  await t.step("no name", async () => {
    assertEquals(await toldBy(""), await toldByQt(["connect", ""]));
  });
});

Deno.test("LocalSocket finds a QLocalServer by its plain name", async () => {
  const name = `quayside ${crypto.randomUUID()}`;
  await using server = await startQt(["listen", name]);
  const line = await server.line();
  await using socket = await LocalSocket.connect({ name });
  assertEquals(line, `listening ${socket.fullServerName}`);
  const bytes = new Uint8Array(1_000_000).map((_, i) => i * 31 + (i >> 8));
  socket.write(bytes);
  const back = await socket.readExactly(bytes.length);
  assert(back.every((byte, i) => byte === bytes[i]));
});

Deno.test("LocalSocket finds a QLocalServer by its abstract name", async () => {
  const name = `quayside ${crypto.randomUUID()}`;
  await using server = await startQt(["listen", name, "abstract"]);
  await lineOf(server, `listening ${name}`);
  await using socket = await LocalSocket.connect({ name, abstract: true });
  socket.write("hello");
  assertEquals(text(await socket.readExactly(5)), "hello");
});

for (const abstract of [false, true]) {
  Deno.test(`LocalServer serves a QLocalSocket, ${abstract ? "abstract" : "plain"}`, async () => {
    const name = `quayside ${crypto.randomUUID()}`;
    await using server = await LocalServer.listen(name, { abstract });
    await using client = await startQt(["connect", name, ...abstract ? ["abstract"] : []]);
    await server.waitForNewConnection();
    await using socket = server.nextPendingConnection()!;
    assertEquals(text(await socket.readExactly(5)), "hello");
    socket.write("bye");
    socket.close();
    assertEquals(await client.lines(), [
      "[connecting]",
      "[connected]",
      "connected",
      "readyRead bye",
      "errorOccurred peerClosed",
      "[closing]",
      "[unconnected]",
      "disconnected",
    ]);
  });
}

/** The talk of descriptors.c, seen from our side. */
async function talk(socket: LocalSocket, peer: PeerProgram): Promise<void> {
  using libc = new Libc();
  const ends = new Int32Array(2);
  libc.check(libc.symbols.socketpair(1, 1, 0, ends), "socketpair");
  const [ours, theirs] = [...ends] as [number, number];
  await lineOf(peer, `peer ${Deno.pid} ${Deno.uid()} ${Deno.gid()}`);
  socket.sendFileDescriptors([theirs], "look");
  await lineOf(peer, "got 1 look");
  const read = (fd: number) => {
    const buffer = new Uint8Array(100);
    return text(buffer.subarray(0, libc.symbols.read(fd, buffer, 100n)));
  };
  assertEquals(read(ours), "written by C");
  assertEquals(text(await socket.readExactly(4)), "here");
  const got = socket.receiveFileDescriptors();
  assertEquals(got.length, 2);
  assertEquals(read(got[1]!), "from C");
  for (const fd of [ours, theirs, ...got]) libc.symbols.close(fd);
}

Deno.test("LocalSocket exchanges descriptors and credentials with a server in C", async () => {
  await using sockets = await folder();
  const name = sockets.at("s");
  {
    await using peer = await startC(["listen", name]);
    await lineOf(peer, "listening");
    await using socket = await LocalSocket.connect({
      name,
      credentials: true,
      fileDescriptors: true,
      expectUid: Deno.uid()!,
    });
    await talk(socket, peer);
    assert(socket.peerCredentials!.pid !== Deno.pid);
    socket.close();
  }
  await assertNothingLives();
});

Deno.test("LocalServer exchanges descriptors and credentials with a client in C", async () => {
  await using sockets = await folder();
  const name = sockets.at("s");
  {
    await using server = await LocalServer.listen(name, {
      credentials: true,
      fileDescriptors: true,
    });
    await using peer = await startC(["connect", name]);
    await server.waitForNewConnection();
    await using socket = server.nextPendingConnection()!;
    await talk(socket, peer);
    assert(socket.peerCredentials!.pid !== Deno.pid);
    socket.close();
  }
  await assertNothingLives();
});
