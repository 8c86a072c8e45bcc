import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { ErrnoError, liveObjects } from "../../core/_ffi.ts";
import { Descriptor } from "../../core/_ffi_descriptor.ts";
import { Libc, sys } from "../../core/_libc.ts";
import { abandon, holdPoller, pollerIdle, waitReadable, waitWritable } from "../../core/_poller.ts";
import { PermissionError, PermissionScope } from "../../core/permission.ts";
import {
  call,
  fill,
  isSettled,
  memoryFile,
  pair,
  patience,
  pollerTest,
  receive,
  send,
} from "../_support/descriptors.ts";

pollerTest("waitReadable() resolves when data arrives, and not before", async () => {
  const [left, right] = pair();
  using _left = left, _right = right;
  const readable = waitReadable(left.fd, patience);
  assertEquals(liveObjects()["wait for a descriptor"], 1);
  assert(!await isSettled(readable));
  send(right);
  await readable;
  assertEquals(receive(left), 1);
  assertEquals([receive(left), left.libc.errnoCode], [-1, "EAGAIN"]);
  assertEquals(liveObjects().poller, undefined);
});

pollerTest("waitReadable() resolves at once while there is data", async () => {
  const [left, right] = pair();
  using _left = left, _right = right;
  send(right);
  for (let i = 0; i < 3; i++) await waitReadable(left.fd, patience);
});

pollerTest("waitWritable() resolves when the other side has made room", async () => {
  const [left, right] = pair();
  using _left = left, _right = right;
  await waitWritable(left.fd, patience);
  fill(left);
  const writable = waitWritable(left.fd, patience);
  assert(!await isSettled(writable));
  while (receive(right) > 0);
  await writable;
  assert(send(left) > 0);
});

pollerTest(
  "a hang-up and a half-close wake those who read, a hang-up those who write",
  async () => {
    const [left, right] = pair();
    using _left = left, _right = right;
    fill(left);
    const readable = waitReadable(left.fd, patience);
    right.libc.symbols.shutdown(right.fd, 1);
    await readable;
    assertEquals(receive(left), 0);
    const writable = waitWritable(left.fd, patience);
    assert(!await isSettled(writable));
    right.close();
    await writable;
    await waitReadable(left.fd, patience);
  },
);

pollerTest("the end of a pipe wakes who reads it, though it comes as a hang-up alone", async () => {
  const fds = new Int32Array(2);
  using libc = new Libc();
  assertEquals(call("pipe", libc.memory.addressOf(fds)), 0);
  using reader = new Descriptor(fds[0]!);
  using writer = new Descriptor(fds[1]!);
  const readable = reader.readable(patience);
  writer.close();
  await readable;
  assertEquals(receive(reader), 0);
});

pollerTest("an error is delivered as readiness", async () => {
  using libc = new Libc();
  const type = sys.SOCK_STREAM | sys.SOCK_NONBLOCK;
  using socket = new Descriptor(libc.check(libc.symbols.socket(sys.AF_INET, type, 0), "socket"));
  // Port 1 of this machine: refused at once or a moment later.
  const address = new Uint8Array([sys.AF_INET, 0, 0, 1, 127, 0, 0, 1, ...new Uint8Array(8)]);
  libc.symbols.connect(socket.fd, address, address.length);
  await socket.writable(patience);
  const error = new Int32Array(1);
  libc.symbols.getsockopt(socket.fd, sys.SOL_SOCKET, sys.SO_ERROR, error, new Uint32Array([4]));
  assertEquals(new ErrnoError(error[0]!, "connect").code, "ECONNREFUSED");
});

pollerTest("a wait ends by its timeout and by its signal", async () => {
  const [left, right] = pair();
  using _left = left, _right = right;
  const late = await assertRejects(() => waitReadable(left.fd, { timeout: 1 }), DOMException);
  assertEquals(late.name, "TimeoutError");
  assertEquals(liveObjects().poller, undefined);

  const controller = new AbortController();
  const reason = new Error("enough");
  const aborted = waitReadable(left.fd, { signal: controller.signal, ...patience });
  controller.abort(reason);
  assertStrictEquals(await assertRejects(() => aborted), reason);
  assertStrictEquals(
    await assertRejects(() => waitReadable(left.fd, { signal: controller.signal, ...patience })),
    reason,
  );
  assertEquals(liveObjects().poller, undefined);
  send(right);
  await waitReadable(left.fd, patience);
});

pollerTest("several wait for one descriptor, each for its own side", async () => {
  const [left, right] = pair();
  using _left = left, _right = right;
  const controller = new AbortController();
  const readers = [1, 2, 3].map(() => waitReadable(left.fd, patience));
  const quitter = waitReadable(left.fd, { signal: controller.signal, ...patience });
  await waitWritable(left.fd, patience);
  controller.abort();
  await assertRejects(() => quitter, DOMException);
  assert(!await isSettled(readers[0]!));
  send(right);
  await Promise.all(readers);
});

pollerTest("abandon() tells those who wait that the descriptor is closed", async () => {
  const [left, right] = pair();
  using _right = right;
  const waits = [1, 2, 3].map(() => left.readable(patience));
  const outcomes = Promise.allSettled(waits);
  const { fd } = left;
  left.close();
  for (const outcome of await outcomes) {
    assert(outcome.status === "rejected");
    assertEquals([outcome.reason.name, outcome.reason.code], ["ErrnoError", "EBADF"]);
    assertEquals(
      outcome.reason.message,
      `Cannot wait for descriptor ${fd}: it was closed meanwhile: the descriptor is not open (EBADF)`,
    );
  }
  abandon(fd);
});

pollerTest("a number that was closed unannounced can be waited for again", async () => {
  const [[left, right], [other, peer]] = [pair(), pair()];
  using _left = left, _right = right, _other = other, _peer = peer;
  const lost = waitReadable(left.fd, patience);
  call("dup2", other.fd, left.fd);
  await waitWritable(left.fd, patience);
  assert(!await isSettled(lost));
  // The kernel has forgotten what was waited for: being woken for the new one is all that is left.
  send(peer);
  await lost;
});

pollerTest("waiting for what cannot be waited for says why", async () => {
  await assertRejects(() => waitReadable(-1), RangeError, "descriptor -1");
  await assertRejects(() => waitReadable(1.5), RangeError);
  const closed = await assertRejects(() => waitReadable(987_654), ErrnoError);
  assertEquals([closed.code, closed.syscall], ["EBADF", "epoll_ctl"]);
  using file = memoryFile();
  const always = await assertRejects(() => file.readable(), ErrnoError, "always ready");
  assertEquals(always.code, "EPERM");
});

pollerTest("a scope that leaves libc out cannot wait", async () => {
  const [left, right] = pair();
  using _left = left, _right = right;
  const scope = new PermissionScope({});
  await assertRejects(
    () => waitReadable(left.fd, { scope, ...patience }),
    PermissionError,
    "scope",
  );
  using _hold = holdPoller();
  await assertRejects(
    () => waitReadable(left.fd, { scope, ...patience }),
    PermissionError,
    "scope",
  );
});

pollerTest("200 descriptors wait at once on one call", async () => {
  const pairs = Array.from({ length: 200 }, pair);
  const waits = pairs.map(([left]) => left.readable(patience));
  assertEquals(liveObjects()["wait for a descriptor"], 200);
  assertEquals(liveObjects().poller, 1);
  for (const [, right] of pairs) send(right);
  await Promise.all(waits);
  for (const [left, right] of pairs) {
    assertEquals(receive(left), 1);
    left.close();
    right.close();
  }
});

pollerTest("the poller starts and stops as often as one likes", async () => {
  const [left, right] = pair();
  using _left = left, _right = right;
  for (let i = 0; i < 50; i++) {
    const readable = waitReadable(left.fd, patience);
    if (i % 5 === 4) {
      abandon(left.fd);
      await assertRejects(() => readable, ErrnoError);
    } else {
      send(right);
      await readable;
      receive(left);
    }
    assertEquals(liveObjects().poller, undefined);
  }
});

pollerTest("holdPoller() keeps the poller between waits, and is let go once", async () => {
  const [left, right] = pair();
  using _left = left, _right = right;
  send(right);
  const hold = holdPoller();
  await waitReadable(left.fd, patience);
  assertEquals(liveObjects().poller, 1);
  await pollerIdle();
  hold[Symbol.dispose]();
  hold[Symbol.dispose]();
  assertEquals(liveObjects().poller, undefined);
});
