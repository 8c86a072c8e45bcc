import { assert, assertEquals, assertThrows } from "@std/assert";
import { socketErrorFrom } from "../../core/_error_border.ts";
import { cString, errnoCode, ErrnoError, errnoNumber } from "../../core/_ffi.ts";
import { Descriptor } from "../../core/_ffi_descriptor.ts";
import { cmsghdr, iovec, Libc, msghdr, sys } from "../../core/_libc.ts";

const encoder = new TextEncoder();

Deno.test("Libc.errno is that of the last call, whatever the collector does meanwhile", () => {
  using libc = new Libc();
  const { symbols } = libc;
  const expected = [errnoNumber("EBADF"), errnoNumber("EINVAL")];
  const failing = [
    () => symbols.close(-1),
    () => symbols.socket(sys.AF_INET, 0xffff, 0),
  ];
  let garbage: unknown[] = [];
  let wrong = 0;
  for (let i = 0; i < 20_000; i++) {
    garbage.push(new Uint8Array(512), { i }, `${i}`);
    if (garbage.length > 3000) garbage = [];
    if (failing[i % 2]!() !== -1 || libc.errno !== expected[i % 2]) wrong++;
  }
  assertEquals(wrong, 0);
  assertEquals(libc.errnoCode, "EINVAL");
});

Deno.test("Libc.check() throws what the one error border understands", () => {
  using libc = new Libc();
  assertEquals(libc.check(3, "dup"), 3);
  const error = assertThrows(() => libc.check(libc.symbols.listen(-1, 1), "listen"), ErrnoError);
  assertEquals([error.code, error.syscall, error.errno], ["EBADF", "listen", 9]);
  assertEquals(error.message, "Cannot call listen: the descriptor is not open (EBADF)");
  assertEquals(socketErrorFrom(error, "listen").code, "operation");
  const refused = new ErrnoError(errnoNumber("ECONNREFUSED"), "connect", { doing: "dial" });
  assertEquals(refused.message, "Cannot dial: connection refused (ECONNREFUSED)");
  assertEquals(socketErrorFrom(refused, "dial").code, "connectionRefused");
  const address = new ErrnoError(errnoNumber("EINVAL"), "bind");
  assertEquals(socketErrorFrom(address, "bind").code, "socketAddressNotAvailable");
  assertEquals([errnoCode(99_999), new ErrnoError(99_999, "x").code], ["E99999", "E99999"]);
});

Deno.test("Libc.duplicate() makes a descriptor that children do not inherit", () => {
  using libc = new Libc();
  const pair = new Int32Array(2);
  libc.check(libc.symbols.socketpair(sys.AF_UNIX, sys.SOCK_STREAM, 0, pair), "socketpair");
  using left = new Descriptor(pair[0]!);
  using _right = new Descriptor(pair[1]!);
  using copy = new Descriptor(libc.duplicate(left.fd));
  assert(copy.fd !== left.fd);
  assertEquals(libc.fcntl(copy.fd, sys.F_GETFD), sys.FD_CLOEXEC);
  assertEquals(libc.fcntl(left.fd, sys.F_GETFD), 0);
  assertThrows(() => libc.duplicate(-1), ErrnoError, "EBADF");
});

Deno.test("Memory copies to and from addresses", () => {
  using libc = new Libc();
  const { memory } = libc;
  const there = new Uint32Array([1, 2, 3, 4]);
  const address = memory.addressOf(there);
  assertEquals(memory.addressOf(there.subarray(2)), address + 8n);
  const here = new Uint32Array(2);
  memory.peek(address + 4n, here);
  assertEquals([...here], [2, 3]);
  memory.poke(address, new Uint32Array([9]));
  assertEquals([...there], [9, 2, 3, 4]);
  assertEquals(memory.bytes(address, 4), new Uint8Array([9, 0, 0, 0]));
  assertEquals(memory.bytes(0n, 0), new Uint8Array());
});

Deno.test("Memory.string() reads C strings", () => {
  using libc = new Libc();
  const { memory } = libc;
  const bytes = cString("Gruß, Welt");
  const address = memory.addressOf(bytes);
  assertEquals(memory.string(address), "Gruß, Welt");
  assertEquals(memory.string(address, { limit: 3 }), "Gru");
  assertEquals(memory.string(address, { limit: bytes.length }), "Gruß, Welt");
  assertEquals(memory.string(memory.addressOf(cString(""))), "");
  assertEquals(memory.string(0n), null);
  assertEquals(cString("a"), new Uint8Array([97, 0]));
  assertThrows(() => cString("a\0b"), TypeError, "it holds a NUL");
});

Deno.test("a message of libc carries a descriptor from one socket to another", async () => {
  using libc = new Libc();
  const { symbols, memory } = libc;
  const pair = new Int32Array(2);
  libc.check(symbols.socketpair(sys.AF_UNIX, sys.SOCK_STREAM, 0, pair), "socketpair");
  using left = new Descriptor(pair[0]!);
  using right = new Descriptor(pair[1]!);

  const data = encoder.encode("fd");
  const vector = iovec.encode({ base: memory.addressOf(data), length: BigInt(data.length) });
  const length = cmsghdr.size + 4;
  const control = new Uint8Array(cmsghdr.size + 8);
  control.set(cmsghdr.encode({ length, level: sys.SOL_SOCKET, type: sys.SCM_RIGHTS }));
  new DataView(control.buffer).setInt32(cmsghdr.size, left.fd, true);
  const message = () =>
    msghdr.encode({
      vectors: memory.addressOf(vector),
      vectorCount: 1,
      control: memory.addressOf(control),
      controlLength: control.length,
    });
  assertEquals(libc.check(symbols.sendmsg(left.fd, message(), sys.MSG_NOSIGNAL), "sendmsg"), 2);

  data.fill(0);
  control.fill(0);
  const received = message();
  const flags = sys.MSG_DONTWAIT | sys.MSG_CMSG_CLOEXEC;
  assertEquals(libc.check(symbols.recvmsg(right.fd, received, flags), "recvmsg"), 2);
  assertEquals(new TextDecoder().decode(data), "fd");
  assertEquals(msghdr.decode(received).flags & sys.MSG_CTRUNC, 0);
  assertEquals(cmsghdr.decode(control).length, length);
  using passed = new Descriptor(new DataView(control.buffer).getInt32(cmsghdr.size, true));
  assert(passed.fd !== left.fd);
  symbols.write(passed.fd, encoder.encode("!"), 1n);
  await right.readable();
  assertEquals(symbols.read(right.fd, new Uint8Array(8), 8n), 1);
});
