import { assert, assertEquals, assertThrows } from "@std/assert";
import { permissionFlag } from "../../core/permission.ts";
import { requiredPermissions } from "../../core/required_permissions.ts";
import { Process } from "../../ipc/process.ts";
import { runWith, signalsOf, text } from "../_support/processes.ts";

/** A folder with a program in it, gone with the scope. */
async function folder(program: string): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir();
  await Deno.writeTextFile(`${path}/${program}`, "#!/bin/sh\necho found\n", { mode: 0o700 });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

Deno.test("Process finds its program in the PATH of its environment, else in ours", async () => {
  const program = `quayside-${crypto.randomUUID()}`;
  await using there = await folder(program);
  for (const file of [undefined, Process.nullDevice, "/dev/zero"]) {
    const found = async (environment: Record<string, string>) => {
      const options = { environment, ...(file !== undefined && { standardErrorFile: file }) };
      await using process = new Process(options);
      process.start(program);
      const { error } = await process.result;
      return error?.code ?? text(process.readAll());
    };
    assertEquals(await found({ PATH: there.path }), "found\n");
    assertEquals(await found({}), "failedToStart");
  }
  await using process = new Process({ environment: {} });
  process.start("cat", ["/dev/null"]);
  assertEquals((await process.result).exitCode, 0);
});

Deno.test("Process.environment hands on what is no text, when it inherits", async () => {
  const program = new URL("../_support/process_forward.ts", import.meta.url).pathname;
  const script = `QUAY=$(printf '\\377') exec "$0" run --no-config --no-lock --allow-run "$@"`;
  await using outer = new Process();
  outer.start("sh", ["-c", script, Deno.execPath(), program, "bytes"]);
  assertEquals((await outer.result).exitCode, 0);
  assertEquals(text(outer.readAll()).trim(), "read  ff");
});

Deno.test("Process.start() refuses NUL in the files of its channels", () => {
  for (const set of ["setStandardInputFile", "setStandardOutputFile"] as const) {
    const process = new Process({ program: "cat" });
    process[set]("a\0b");
    assertThrows(() => process.start(), TypeError, "NUL");
    assertEquals(process.state, "notRunning");
  }
});

Deno.test("Process says by error, not by a signal, that a wait took too long", async () => {
  await using process = new Process({ program: "cat" });
  const seen = signalsOf(process);
  process.start();
  await process.waitForStarted();
  assertEquals(await process.waitForFinished(0), false);
  assertEquals(process.error, "timedout");
  assert(!seen.some((signal) => signal.startsWith("error")), `${seen}`);
  assertEquals(await process.waitForStarted(0), true);
});

Deno.test("Process.startDetached() takes the environment, the folder and the files", async () => {
  await using there = await folder("unused");
  const input = `${there.path}/input`;
  const output = `${there.path}/output`;
  await Deno.writeTextFile(input, "in\n");
  await Deno.writeTextFile(output, "before\n");
  const use = { process: "sh", reads: [input], writes: [output], inheritsFromParent: false };
  const program = new URL("../_support/process_detach_files.ts", import.meta.url);
  const flags = requiredPermissions(use).map(permissionFlag);
  assertEquals(await runWith(flags, program, [input, output]), "over\n");
  assertEquals(await Deno.readTextFile(output), "before\n/\na\nin\n");
});

Deno.test("Process.startDetached() needs the permission to run its program", async () => {
  const program = new URL("../_support/process_detach.ts", import.meta.url);
  assertEquals(await runWith([], program), "Cannot start sh: it needs --allow-run=sh\n");
});
