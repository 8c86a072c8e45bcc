import { assert, assertEquals, assertMatch, assertStrictEquals, assertThrows } from "@std/assert";
import {
  cString,
  errnoCode,
  ErrnoError,
  errnoNumber,
  LibraryError,
  type LibrarySpec,
  likeliestPath,
  liveObjects,
  openLibrary,
  struct,
  systemPaths,
  track,
} from "../../core/_ffi.ts";
import { Descriptor } from "../../core/_ffi_descriptor.ts";
import { socketErrorFrom } from "../../core/_error_border.ts";
import { cmsghdr, iovec, Libc, libcSpec, msghdr, sys } from "../../core/_libc.ts";
import { InvalidStateError } from "../../core/error.ts";
import { PermissionError, PermissionScope } from "../../core/permission.ts";
import { assertNothingLives } from "../_support/live.ts";

const isLinux = Deno.build.os === "linux";
const encoder = new TextEncoder();

/** What `ffi_once.ts` prints under these flags. */
async function once(...flags: string[]): Promise<unknown> {
  const script = new URL("../_support/ffi_once.ts", import.meta.url).pathname;
  const args = ["run", "--no-prompt", "--quiet", ...flags, script];
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  assertEquals(new TextDecoder().decode(stderr), "");
  return JSON.parse(new TextDecoder().decode(stdout));
}

function libcPath(): string {
  using libc = openLibrary(libcSpec);
  return libc.path;
}

/** A library that has one function which it ought to have, and one that nothing has. */
function specOf(options: Partial<LibrarySpec<typeof symbols>> = {}): LibrarySpec<typeof symbols> {
  return { name: "libtest", paths: [libcPath()], symbols, ...options };
}
const symbols = {
  getpid: { parameters: [], result: "i32" },
  quayside_is_absent: { parameters: [], result: "i32" },
} as const;

Deno.test("openLibrary() shares one handle, and closes it with its last user", async () => {
  const first = openLibrary(libcSpec);
  const second = openLibrary(libcSpec);
  assertStrictEquals(first.symbols, second.symbols);
  assertEquals(liveObjects(), { "library libc": 2 });
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  assertEquals(second.symbols.getpid(), Deno.pid);
  const { symbols } = second;
  second[Symbol.dispose]();
  assertThrows(() => second.symbols, InvalidStateError, "it was closed");
  assertThrows(() => symbols.geteuid(), InvalidStateError, "it was closed");
  assertThrows(() => symbols.getpid(), InvalidStateError, "it was closed");
  using third = openLibrary(libcSpec);
  assert(third.symbols !== symbols);
  third[Symbol.dispose]();
  await assertNothingLives();
});

Deno.test("openLibrary() goes on to the next path, and says what it tried", () => {
  const path = libcPath();
  using library = openLibrary(specOf({ paths: ["/none/libtest.so", path] }));
  assertEquals(library.path, path);
  const text = new URL(import.meta.url).pathname;
  const error = assertThrows(
    () => openLibrary(specOf({ paths: ["/none/libtest.so", text] })),
    LibraryError,
    "Cannot open libtest: tried /none/libtest.so (",
  );
  assertEquals(error.code, "libraryNotFound");
  if (isLinux) {
    const so = `tried /none/libtest.so (no such file or directory), ${text} (invalid ELF header)`;
    assertEquals(error.message, `Cannot open libtest: ${so}`);
  }
  assertThrows(() => openLibrary(specOf({ paths: [] })), LibraryError, "unknown on");
});

Deno.test("openLibrary() passes over a library that lacks what is required", () => {
  const spec = specOf({ requires: ["getpid", "quayside_is_absent"] });
  const error = assertThrows(() => openLibrary(spec), LibraryError);
  assertEquals(error.code, "libraryNotFound");
  assertMatch(error.message, /^Cannot open libtest: tried \S+ \(no function quayside_is_absent\)$/);
});

Deno.test("Library.symbols says at the first use that a function is absent", async () => {
  using library = openLibrary(specOf());
  assertEquals([library.has("getpid"), library.has("quayside_is_absent")], [true, false]);
  const error = assertThrows(() => library.symbols.quayside_is_absent(), LibraryError);
  assertEquals(error.code, "symbolNotFound");
  assertMatch(
    error.message,
    /^Cannot use quayside_is_absent of libtest: \S+ has no such function$/,
  );
  assertEquals(library.symbols.getpid(), Deno.pid);
  library[Symbol.dispose]();
  await assertNothingLives();
});

Deno.test("openLibrary() asks the scope, and names the flag of the path that exists", () => {
  const path = libcPath();
  const none = new PermissionScope({});
  const error = assertThrows(() => openLibrary(libcSpec, { scope: none }), PermissionError);
  assertEquals([error.refusedBy, error.flag], ["scope", `--allow-ffi=${libcSpec.paths[0]}`]);
  using _libc = openLibrary(libcSpec, { scope: new PermissionScope({ ffi: [path] }) });
  // One user's grant is not another's.
  assertThrows(() => new Libc({ scope: none }), PermissionError);
});

Deno.test({
  name: "Libc works with --allow-ffi of its path and nothing else",
  ignore: !isLinux,
  async fn() {
    const path = libcPath();
    const result = { bad: "EBADF", read: 3, text: "quayside", live: {} };
    assertEquals(await once(`--allow-ffi=${path}`), result);
    const flag = `--allow-ffi=${path}`;
    assertEquals(await once(), { flag: `--allow-ffi=${libcSpec.paths[0]}`, refusedBy: "process" });
    assertEquals(await once("--allow-read"), { flag, refusedBy: "process" });
    assertEquals(await once("--allow-ffi=/none"), {
      flag: `--allow-ffi=${libcSpec.paths[0]}`,
      refusedBy: "process",
    });
  },
});

Deno.test("systemPaths() are absolute", () => {
  const names = { linux: ["liba.so.2", "/opt/liba.so"], darwin: ["liba.2.dylib"], windows: ["a"] };
  const paths = systemPaths(names);
  assert(paths.length > 0);
  for (const path of paths) assertMatch(path, /^(\/|[A-Z]:\\)/);
  if (isLinux) {
    assertEquals(paths[0], `/lib/${Deno.build.arch}-linux-gnu/liba.so.2`);
    assertEquals(paths.at(-1), "/opt/liba.so");
  }
  assertEquals(systemPaths({}), []);
});

Deno.test("likeliestPath() is the first that exists, else the first", () => {
  const here = new URL(import.meta.url).pathname;
  assertEquals(likeliestPath(["/none/a", here, "/none/b"]), here);
  assertEquals(likeliestPath(["/none/a", "/none/b"]), "/none/a");
});

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

Deno.test("struct() lays fields out as C does", () => {
  const mixed = struct({ a: "u8", b: "u32", c: "i16", d: "u64", e: { bytes: 3 } });
  assertEquals(mixed.offsets, { a: 0, b: 4, c: 8, d: 16, e: 24 });
  assertEquals(mixed.size, 32);
  const packed = struct({ a: "u8", b: "u32", d: "usize" }, { packed: true });
  assertEquals([packed.offsets.d, packed.size], [5, 13]);
  const sizes = [iovec.size, msghdr.size, cmsghdr.size, msghdr.offsets.flags];
  assertEquals(sizes, isLinux ? [16, 56, 16, 48] : [16, 48, 12, 44]);
});

Deno.test("Struct.decode() gives back what encode() took", () => {
  const mixed = struct({ a: "i8", b: "u16", c: "i32", d: "u64", e: { bytes: 4 }, f: "i64" });
  const values = {
    a: -1,
    b: 65_535,
    c: -2,
    d: 2n ** 64n - 1n,
    e: new Uint8Array([1, 2, 3, 4]),
    f: -3n,
  };
  assertEquals(mixed.decode(mixed.encode(values)), values);
  const shifted = new Uint8Array(mixed.size + 9);
  shifted.set(mixed.encode(values), 9);
  assertEquals(mixed.decode(shifted, 9), values);
  assertEquals(mixed.decode(shifted.subarray(5), 4), values);
  assertEquals(mixed.decode(mixed.encode({})).e, new Uint8Array(4));
  assertEquals(mixed.decode(mixed.encode({ e: encoder.encode("x") })).e[0], 120);
  assertThrows(() => mixed.encode({ e: new Uint8Array(5) }), RangeError, "4 at most");
  assertThrows(() => mixed.decode(new Uint8Array(3)), RangeError);
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

Deno.test("liveObjects() names what was not disposed of", () => {
  const before = liveObjects();
  const [first, second] = [track("mapping"), track("mapping")];
  assertEquals(liveObjects(), { ...before, mapping: 2 });
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  assertEquals(liveObjects(), { ...before, mapping: 1 });
  second[Symbol.dispose]();
  assertEquals(liveObjects(), before);
});
