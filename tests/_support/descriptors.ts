/**
 * Descriptors of our own: sockets, files, and waiting for them.
 *
 * @module
 */
import { cString, openLibrary } from "../../core/_ffi.ts";
import { Descriptor } from "../../core/_ffi_descriptor.ts";
import { Libc, libcSpec, sys } from "../../core/_libc.ts";
import { assertNothingLives } from "./live.ts";

/** How long a test waits for what has to come. */
export const patience = { timeout: 5_000 };

/** Two connected sockets. */
export function pair(): [left: Descriptor, right: Descriptor] {
  using libc = new Libc();
  const fds = new Int32Array(2);
  const type = sys.SOCK_STREAM | sys.SOCK_NONBLOCK | sys.SOCK_CLOEXEC;
  libc.check(libc.symbols.socketpair(sys.AF_UNIX, type, 0, fds), "socketpair");
  return [new Descriptor(fds[0]!), new Descriptor(fds[1]!)];
}

/** Writes zeros; gives how many, or -1. */
export function send({ fd, libc }: Descriptor, size = 1): number {
  return libc.symbols.write(fd, new Uint8Array(size), BigInt(size));
}

/** Reads what is there; gives how much, or -1. */
export function receive({ fd, libc }: Descriptor): number {
  return libc.symbols.read(fd, new Uint8Array(65_536), 65_536n);
}

/** Sends until the other side's queue is full. */
export function fill(descriptor: Descriptor): void {
  while (send(descriptor, 65_536) > 0);
}

/** Runs a test where there is an epoll, and fails it if anything is left. */
export function pollerTest(name: string, body: () => Promise<void>): void {
  Deno.test({
    name,
    ignore: Deno.build.os !== "linux",
    async fn() {
      await body();
      await assertNothingLives();
    },
  });
}

/** Whether a promise has settled, as far as what has happened already goes. */
export async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let isSettled = false;
  const settle = () => {
    isSettled = true;
  };
  promise.then(settle, settle);
  await new Promise((resolve) => setImmediate(resolve));
  return isSettled;
}

/** Calls what is of no use but to these tests. */
export function call(name: keyof typeof extraSymbols, ...values: (number | bigint)[]): number {
  using library = openLibrary({ ...libcSpec, symbols: extraSymbols, requires: [] });
  return (library.symbols[name] as (...values: (number | bigint)[]) => number)(...values);
}

const extraSymbols = {
  dup2: { parameters: ["i32", "i32"], result: "i32" },
  memfd_create: { parameters: ["usize", "u32"], result: "i32" },
  pipe: { parameters: ["usize"], result: "i32" },
} as const;

/** A file in memory. */
export function memoryFile(): Descriptor {
  using libc = new Libc();
  const name = cString("poller");
  return new Descriptor(call("memfd_create", libc.memory.addressOf(name), 0));
}
