/**
 * Uses libc and the poller once and prints what came of it as JSON: a program of its own, so that
 * a test can give it exactly the flags that are needed.
 */
import { liveObjects } from "../../core/_ffi.ts";
import { Descriptor } from "../../core/_ffi_descriptor.ts";
import { Libc, sys } from "../../core/_libc.ts";
import { pollerIdle } from "../../core/_poller.ts";
import { PermissionError } from "../../core/permission.ts";

try {
  using libc = new Libc();
  const bad = libc.symbols.close(-1) === -1 ? libc.errnoCode : "";
  const pair = new Int32Array(2);
  libc.check(libc.symbols.socketpair(sys.AF_UNIX, sys.SOCK_STREAM, 0, pair), "socketpair");
  const [left, right] = [...pair].map((fd) => new Descriptor(fd)) as [Descriptor, Descriptor];
  const readable = left.readable();
  libc.symbols.write(right.fd, new Uint8Array(3), 3n);
  await readable;
  const read = libc.symbols.read(left.fd, new Uint8Array(8), 8n);
  const bytes = new TextEncoder().encode("quayside\0");
  const text = libc.memory.string(libc.memory.addressOf(bytes));
  left.close();
  right.close();
  libc[Symbol.dispose]();
  await pollerIdle();
  console.log(JSON.stringify({ bad, read, text, live: liveObjects() }));
} catch (error) {
  if (!(error instanceof PermissionError)) throw error;
  console.log(JSON.stringify({ flag: error.flag, refusedBy: error.refusedBy }));
}
