import { assert, assertEquals, assertMatch, assertStrictEquals, assertThrows } from "@std/assert";
import {
  LibraryError,
  type LibrarySpec,
  likeliestPath,
  liveObjects,
  openLibrary,
  struct,
  systemPaths,
  track,
} from "../../core/_ffi.ts";
import { cmsghdr, iovec, Libc, libcSpec, msghdr } from "../../core/_libc.ts";
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
