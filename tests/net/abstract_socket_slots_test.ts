import { assert, assertEquals } from "@std/assert";
import { TcpSocket } from "../../net/tcp_socket.ts";
import { pattern } from "../_support/device_contract.ts";
import { closedPort, connected, record } from "../_support/sockets.ts";
import { listen, text } from "./_abstract_sockets.ts";

/** A listener whose connections send three bytes, read something and close. */
function greeter(): AsyncDisposable & { port: number } {
  const listener = listen();
  const greet = async (peer: Deno.TcpConn) => {
    using _peer = peer;
    await peer.write(pattern(3));
    await peer.read(new Uint8Array(9));
  };
  const served = (async () => {
    const talks: Promise<unknown>[] = [];
    for await (const peer of listener) talks.push(greet(peer).catch(() => {}));
    await Promise.all(talks);
  })();
  return {
    port: listener.addr.port,
    async [Symbol.asyncDispose]() {
      listener.close();
      await served;
    },
  };
}

Deno.test("AbstractSocket can be aborted inside every slot", async () => {
  await using server = greeter();
  const signals = [
    ..."hostFound connected disconnected readyRead bytesWritten readChannelFinished".split(" "),
    ..."[hostLookup] [connecting] [connected] [closing] [unconnected] errorOccurred".split(" "),
  ];
  for (const name of signals) {
    const socket = new TcpSocket();
    const told = record(socket);
    const abort = () => {
      told.push("aborted");
      socket.abort();
    };
    if (name.startsWith("[")) {
      socket.stateChanged.connect((state) => `[${state}]` === name && abort());
    } else socket[name as "connected"].connect(abort);
    socket.connectToHost("127.0.0.1", server.port);
    await socket.waitForConnected();
    socket.readyRead.connect(() => socket.write("hello"));
    await socket.waitForDisconnected();
    assertEquals([socket.state, socket.isOpen, told.includes("aborted")], [
      "unconnected",
      false,
      true,
    ], name);
    const after = told.slice(told.indexOf("aborted") + 1).filter((what) => what !== "aborted");
    const expected = ["[unconnected]", "readChannelFinished", "disconnected"];
    assertEquals(after.filter((what) => !expected.includes(what)), [], name);
  }
});

Deno.test("AbstractSocket can connect anew at once, also inside slots, without stale events", async () => {
  using listener = listen();
  const { port } = listener.addr;
  const again = {
    afterAbort: (socket: TcpSocket) => {
      socket.abort();
      socket.connectToHost("127.0.0.1", port);
    },
    inDisconnected: (socket: TcpSocket) => {
      socket.disconnected.connect(() => socket.connectToHost("127.0.0.1", port), { once: true });
      socket.abort();
    },
    inStateChanged: (socket: TcpSocket) => {
      socket.stateChanged.connect((state) => {
        if (state === "unconnected") socket.connectToHost("127.0.0.1", port);
      }, { once: true });
      socket.abort();
    },
  };
  for (const [name, reconnect] of Object.entries(again)) {
    const socket = new TcpSocket();
    socket.connectToHost("127.0.0.1", port);
    const first = await listener.accept();
    await socket.waitForConnected();
    await first.write(pattern(3));
    await socket.waitForReadyRead();
    socket.write(pattern(16 * 1024 * 1024), { transfer: true });
    const iterator = socket[Symbol.asyncIterator]();
    assertEquals((await iterator.next()).value, pattern(3), name);
    reconnect(socket);
    assertEquals([socket.state, socket.bytesToWrite, socket.bytesAvailable], ["hostLookup", 0, 0]);
    const second = await listener.accept();
    await socket.waitForConnected();
    await second.write(pattern(7));
    assertEquals(await socket.readExactly(7), pattern(7), name);
    // Who iterated over the first connection has seen its end, and nothing of the second.
    assertEquals(await iterator.next(), { done: true, value: undefined });
    socket.write("second");
    await socket.flush();
    const buffer = new Uint8Array(9);
    assertEquals(text(buffer.subarray(0, (await second.read(buffer))!)), "second");
    const reader = socket.readable.getReader();
    second.close();
    assertEquals((await reader.read()).done, true);
    first.close();
    await socket[Symbol.asyncDispose]();
  }
});

Deno.test("AbstractSocket connects after a refusal, inside the slot that tells it", async () => {
  using listener = listen();
  const socket = new TcpSocket();
  socket.errorOccurred.connect(() => socket.connectToHost("127.0.0.1", listener.addr.port));
  socket.connectToHost("127.0.0.1", closedPort());
  using _peer = await listener.accept();
  assert(await socket.waitForConnected());
  assertEquals([socket.error, socket.errorString], [null, ""]);
  const next = socket.disconnected.next();
  socket.abort();
  await next;
});

Deno.test("AbstractSocket opens and closes again and again", async () => {
  using listener = listen();
  const socket = new TcpSocket();
  for (let i = 0; i < 5; i++) {
    socket.connectToHost("127.0.0.1", listener.addr.port);
    const peer = await listener.accept();
    await socket.waitForConnected();
    await socket.writable.getWriter().write(`round ${i}`);
    const buffer = new Uint8Array(9);
    assertEquals(text(buffer.subarray(0, (await peer.read(buffer))!)), `round ${i}`);
    peer.close();
    await Array.fromAsync(socket.readable);
    await socket.waitForDisconnected();
  }
});

Deno.test("AbstractSocket.readyRead comes again for what arrived during its slot", async () => {
  await using pair = await connected();
  const { socket, peer } = pair;
  let got = 0, calls = 0;
  const done = Promise.withResolvers<void>();
  socket.readyRead.connect(async () => {
    if (++calls === 1) await peer.write(pattern(2));
    got += socket.read(1).length;
    if (calls === 2) done.resolve();
  });
  await peer.write(pattern(1));
  await done.promise;
  assert(got >= 1);
});

Deno.test("AbstractSocket waits may be nested in a slot that a wait has called", async () => {
  await using pair = await connected();
  const { socket, peer } = pair;
  let nested: Promise<boolean> | undefined;
  socket.readyRead.connect(() => {
    socket.readAll();
    nested = socket.waitForReadyRead();
    socket.write("more");
  }, { once: true });
  await peer.write(pattern(1));
  assert(await socket.waitForReadyRead());
  await peer.read(new Uint8Array(4));
  await peer.write(pattern(1));
  assertEquals(await nested, true);
});

Deno.test("AbstractSocket.readBufferSize holds the peer back, and can grow inside readyRead", async () => {
  await using pair = await connected({ readBufferSize: 100 });
  const { socket, peer } = pair;
  const sizes: number[] = [];
  const done = Promise.withResolvers<void>();
  socket.readyRead.connect(() => {
    sizes.push(socket.bytesAvailable);
    if (socket.bytesAvailable === 100) socket.readBufferSize = 250;
    if (socket.bytesAvailable === 250) done.resolve();
  });
  await peer.write(pattern(1000));
  await done.promise;
  assertEquals([sizes[0], sizes.at(-1)], [100, 250]);
});
