import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Descriptor } from "../../core/_ffi_descriptor.ts";
import { InvalidStateError } from "../../core/error.ts";
import { PermissionError, PermissionScope } from "../../core/permission.ts";
import { pair, patience, pollerTest, receive, send } from "../_support/descriptors.ts";

pollerTest("unref'd waits are woken too, alone and beside others", async () => {
  const [left, right] = pair();
  using _left = left, _right = right;
  left.unref();
  const alone = left.readable(patience);
  send(right);
  await alone;
  receive(left);

  const unrefd = left.readable(patience);
  const other = right.readable(patience);
  send(right);
  await unrefd;
  send(left);
  await other;
  receive(left);

  const changing = left.readable(patience);
  left.ref();
  left.unref();
  left.ref();
  send(right);
  await changing;
});

pollerTest("Descriptor closes once, and can be given away", async () => {
  const [left, right] = pair();
  using _right = right;
  const { fd } = left;
  assertEquals(left.isOpen, true);
  assertEquals(left.release(), fd);
  left.close();
  assertEquals(left.isOpen, false);
  assertThrows(() => left.fd, InvalidStateError, "it was closed");
  await assertRejects(() => left.readable(), InvalidStateError);
  using taken = new Descriptor(fd);
  assertEquals(send(taken), 1);
  taken.close();
  taken.close();
  await right.readable(patience);
  assertThrows(() => new Descriptor(3, { scope: new PermissionScope({}) }), PermissionError);
});

/** Runs a program against the poller and gives what it printed. */
async function run(program: string): Promise<string> {
  const here = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  const imports = `import { Descriptor } from ${here("../../core/_ffi_descriptor.ts")};
    import { Libc, sys } from ${here("../../core/_libc.ts")};
    const libc = new Libc(), fds = new Int32Array(2);
    libc.symbols.socketpair(sys.AF_UNIX, sys.SOCK_STREAM, 0, fds);
    const [left, right] = [...fds].map((fd) => new Descriptor(fd));`;
  const args = [
    "run",
    "-A",
    "--quiet",
    `data:text/typescript,${encodeURIComponent(imports + program)}`,
  ];
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

pollerTest("a process with none but unref'd waits ends", async () => {
  assertEquals(await run(`left.unref(); left.readable(); console.log("end");`), "end\n");
  const changed = `left.readable(); setTimeout(() => left.unref(), 1); console.log("end");`;
  assertEquals(await run(changed), "end\n");
  const kept = `left.unref(); left.readable().then(() => console.log("woken"));
    left.ref(); setTimeout(() => libc.symbols.write(right.fd, new Uint8Array(1), 1n), 1);`;
  assertEquals(await run(kept), "woken\n");
});
