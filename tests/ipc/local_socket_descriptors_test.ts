import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Libc } from "../../core/_libc.ts";
import { InvalidStateError, SocketError } from "../../core/error.ts";
import { LocalServer } from "../../ipc/local_server.ts";
import { type LocalNeeds, LocalSocket } from "../../ipc/local_socket.ts";
import { assertNothingLives } from "../_support/live.ts";
import { folder } from "../_support/local.ts";

interface Pair extends AsyncDisposable {
  readonly client: LocalSocket;
  readonly peer: LocalSocket;
}

/** Both ends ours, with what is asked for. */
async function pair(needs: LocalNeeds): Promise<Pair> {
  await using sockets = await folder();
  await using server = await LocalServer.listen(sockets.at("s"), needs);
  const client = await LocalSocket.connect({ name: sockets.at("s"), ...needs });
  await server.waitForNewConnection();
  const peer = server.nextPendingConnection()!;
  return {
    client,
    peer,
    async [Symbol.asyncDispose]() {
      for (const socket of [client, peer]) {
        socket.abort();
        await socket[Symbol.asyncDispose]();
      }
      await assertNothingLives();
    },
  };
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const openDescriptors = () => Array.from(Deno.readDirSync("/proc/self/fd")).length;

/** A pair of descriptors of which one reads what is written to the other, and a way to close more. */
class Pipe implements Disposable {
  readonly libc: Libc = new Libc();
  readonly left: number;
  readonly right: number;
  readonly #open: number[];

  constructor() {
    const both = new Int32Array(2);
    this.libc.check(this.libc.symbols.socketpair(1, 1, 0, both), "socketpair");
    [this.left, this.right] = this.#open = [...both] as [number, number];
  }

  /** Closes these as well. */
  own(fds: readonly number[]): void {
    this.#open.push(...fds);
  }

  [Symbol.dispose](): void {
    const codes = this.#open.map((fd) => this.libc.symbols.close(fd));
    this.libc[Symbol.dispose]();
    assert(codes.every((code) => code === 0), "a descriptor was closed already");
  }
}

Deno.test("LocalSocket.peerCredentials tells who is at either end", async () => {
  await using sockets = await pair({ credentials: true });
  const us = { pid: Deno.pid, uid: Deno.uid(), gid: Deno.gid() };
  assertEquals([sockets.client.peerCredentials, sockets.peer.peerCredentials], [us, us]);
  sockets.client.abort();
  assertEquals(sockets.client.peerCredentials, null);
});

Deno.test("LocalSocket.connect() refuses the server of another user than expectUid", async () => {
  await using sockets = await folder();
  const name = sockets.at("s");
  using listener = Deno.listen({ transport: "unix", path: name });
  const uid = Deno.uid()!;
  const error = await assertRejects(
    () => LocalSocket.connect({ name, expectUid: uid + 1 }),
    SocketError,
  );
  assertEquals(error.code, "socketAccess");
  const so = `its server is user ${uid}, not ${uid + 1}`;
  assertEquals(error.message, `Cannot connect to ${name}: ${so}`);
  {
    await using socket = await LocalSocket.connect({ name, expectUid: uid });
    assertEquals(socket.peerCredentials?.uid, uid);
  }
  for (let i = 0; i < 2; i++) (await listener.accept()).close();
  await assertNothingLives();
});

Deno.test("LocalSocket.sendFileDescriptors() sends them with their byte, in order", async () => {
  await using sockets = await pair({ fileDescriptors: true });
  const { client, peer } = sockets;
  using pipe = new Pipe();
  const arrived: [number, string][] = [];
  peer.readyRead.connect(() => {
    const fds = peer.receiveFileDescriptors();
    pipe.own(fds);
    arrived.push([fds.length, text(peer.readAll())]);
  });
  client.write("before");
  assertEquals(client.sendFileDescriptors([pipe.left], "one"), 3);
  client.write("between");
  assertEquals(client.sendFileDescriptors([pipe.left, pipe.right]), 1);
  client.write("after");
  while (arrived.map(([, part]) => part).join("").length < 22) await peer.readyRead.next();
  assertEquals(arrived.map(([, part]) => part).join(""), "beforeonebetween\0after");
  // Earlier bytes may come along, later ones do not.
  const chunks = arrived.filter(([count]) => count > 0);
  assertEquals(chunks.map(([count, part]) => [count, part.at(-1)]), [[1, "e"], [2, "\0"]]);
});

Deno.test("LocalSocket passes descriptors on that still lead where they led", async () => {
  await using sockets = await pair({ fileDescriptors: true });
  using pipe = new Pipe();
  const { libc, left, right } = pipe;
  sockets.client.sendFileDescriptors([left], "x");
  await sockets.peer.readExactly(1);
  const [copy] = sockets.peer.receiveFileDescriptors();
  assert(copy !== undefined && copy !== left);
  pipe.own([copy]);
  libc.symbols.write(right, new TextEncoder().encode("through"), 7n);
  const buffer = new Uint8Array(10);
  assertEquals(libc.symbols.read(copy, buffer, 10n), 7);
  // Children do not inherit it.
  assertEquals(libc.fcntl(copy, 1) & 1, 1);
});

Deno.test("LocalSocket sends 253 descriptors at a time, and says so when there are more", async () => {
  await using sockets = await pair({ fileDescriptors: true });
  const { client, peer } = sockets;
  const fds = new Array<number>(253).fill(0);
  assertThrows(
    () => client.sendFileDescriptors([...fds, 0]),
    RangeError,
    "Cannot send 254 file descriptors: the system takes 1 to 253 at a time",
  );
  assertThrows(() => client.sendFileDescriptors([]), RangeError);
  assertThrows(() => client.sendFileDescriptors([0], ""), RangeError, "at least one byte");
  assertThrows(
    () => client.sendFileDescriptors([0, 1_000_000]),
    TypeError,
    "Cannot send file descriptor 1000000: it is not open",
  );
  client.sendFileDescriptors(fds);
  await peer.readExactly(1);
  using pipe = new Pipe();
  const got = peer.receiveFileDescriptors();
  assertEquals(got.length, 253);
  pipe.own(got);
});

Deno.test("LocalSocket fails rather than keep more than 512 unread descriptors", async () => {
  await using sockets = await pair({ fileDescriptors: true });
  const { client, peer } = sockets;
  for (let i = 0; i < 3; i++) client.sendFileDescriptors(new Array<number>(250).fill(0));
  const [error] = await peer.errorOccurred.next();
  assertEquals(error.code, "socketResource");
  const so = "750 wait to be taken, at most 512 may";
  assertEquals(error.message, `Cannot receive file descriptors: ${so}`);
});

Deno.test("LocalSocket closes descriptors that nobody took or that were not sent", async () => {
  const before = openDescriptors();
  {
    await using sockets = await pair({ fileDescriptors: true });
    const { client, peer } = sockets;
    client.sendFileDescriptors([0, 0, 0]);
    await peer.readExactly(1);
    assertEquals(openDescriptors() - before > 3, true);
    // These stay behind a queue that nobody reads.
    peer.readBufferSize = 1;
    client.write(new Uint8Array(4_000_000), { transfer: true });
    client.sendFileDescriptors([0, 0]);
    client.abort();
    assertEquals(client.write("x"), 0);
    assertThrows(() => client.sendFileDescriptors([0]), InvalidStateError, "is unconnected");
  }
  assertEquals(openDescriptors(), before);
});

Deno.test("LocalSocket moves much both ways at once and lets timers run meanwhile", async () => {
  await using sockets = await pair({ fileDescriptors: true });
  const { client, peer } = sockets;
  const bytes = new Uint8Array(8_000_000).map((_, i) => i * 31 + (i >> 8));
  let ticks = 0;
  const timer = setInterval(() => ticks++);
  const [there, back] = await Promise.all([
    peer.readExactly(bytes.length),
    client.readExactly(bytes.length),
    client.write(bytes),
    peer.write(bytes),
  ]);
  clearInterval(timer);
  assert(there.every((byte, i) => byte === bytes[i]));
  assert(back.every((byte, i) => byte === bytes[i]));
  assert(ticks > 0);
});

Deno.test("LocalSocket with descriptors waits for a place in a full queue", async () => {
  await using sockets = await folder();
  const name = sockets.at("s");
  using listener = Deno.listen({ transport: "unix", path: name });
  const crowd: Deno.UnixConn[] = [];
  try {
    for (;;) crowd.push(await Deno.connect({ transport: "unix", path: name }));
  } catch {
    // The queue is full.
  }
  {
    await using socket = new LocalSocket({ fileDescriptors: true });
    socket.connectToServer(name, { timeout: 20 });
    assertEquals(await socket.waitForConnected(), false);
    assertEquals(socket.error, "socketTimeout");
    socket.connectToServer(name);
    const came = socket.waitForConnected();
    (await listener.accept()).close();
    assert(await came);
  }
  for (const connection of crowd) connection.close();
  await assertNothingLives();
});

Deno.test("LocalSocket with descriptors has the errors of one without", async () => {
  await using sockets = await folder();
  const codeOf = async (name: string) =>
    (await assertRejects(
      () => LocalSocket.connect({ name, fileDescriptors: true }),
      SocketError,
    )).code;
  assertEquals(await codeOf(sockets.at("nobody")), "serverNotFound");
  await Deno.writeTextFile(sockets.at("file"), "no socket");
  assertEquals(await codeOf(sockets.at("file")), "connectionRefused");
  await assertNothingLives();
});

Deno.test("LocalServer with descriptors listens like one without", async (t) => {
  await using sockets = await folder();
  const name = sockets.at("s");
  await t.step("for the user alone, and its file goes with it", async () => {
    await using server = await LocalServer.listen(name, { fileDescriptors: true });
    assertEquals(Deno.statSync(name).mode! & 0o777, 0o700);
    const second = new LocalServer();
    assertEquals(second.listen(name, { credentials: true }), false);
    assertEquals(second.serverError, "addressInUse");
    server.close();
    await assertRejects(() => Deno.stat(name), Deno.errors.NotFound);
  });
  await t.step("on abstract names", async () => {
    const name = `quayside ${crypto.randomUUID()}`;
    const options = { abstract: true, credentials: true };
    await using server = await LocalServer.listen(name, options);
    await using socket = await LocalSocket.connect({ name, ...options });
    assert(await server.waitForNewConnection());
    assertEquals(socket.peerCredentials?.pid, Deno.pid);
  });
  await t.step("without keeping the process alive, when unref'd", async () => {
    const server = await LocalServer.listen(name, { fileDescriptors: true });
    server.unref();
    server.ref();
    await server[Symbol.asyncDispose]();
  });
  await assertNothingLives();
});
