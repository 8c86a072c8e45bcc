import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { InvalidStateError } from "../../core/error.ts";
import { PermissionError, PermissionScope } from "../../core/permission.ts";
import { Process } from "../../ipc/process.ts";
import { ProcessError } from "../../ipc/process_error.ts";
import { runWith, shell, signalsOf, text } from "../_support/processes.ts";

Deno.test("Process finishes although a grandchild keeps its pipes open", async () => {
  await using process = new Process({ createNewSession: true });
  process.start(...shell("sleep 20 & echo out; echo err >&2"));
  const id = process.processId;
  await process.result;
  assertEquals(text(process.readAllStandardOutput()), "out\n");
  assertEquals(text(process.readAllStandardError()), "err\n");
  Deno.kill(-id, "SIGKILL");
});

Deno.test("Process finishes although a grandchild does not stop printing", async () => {
  await using process = new Process({ createNewSession: true });
  process.start(...shell("yes & sleep 0.01"));
  const id = process.processId;
  await process.result;
  assert(process.bytesAvailable > 0);
  Deno.kill(-id, "SIGKILL");
});

Deno.test("Process.terminate() asks, kill() does not", async () => {
  await using process = new Process();
  process.terminate();
  process.kill();
  const stubborn = shell("trap '' TERM; echo up; while :; do sleep 0.01; done");
  process.start(...stubborn);
  await process.readUntil("\n");
  process.terminate();
  assertEquals(await process.waitForFinished(20), false);
  assertEquals([process.state, process.error], ["running", "timedout"]);
  process.kill();
  assertEquals((await process.result).signal, "SIGKILL");
  process.start(...shell("trap 'echo bye; exit 5' TERM; echo up; while :; do sleep 0.01; done"));
  await process.readUntil("\n");
  process.terminate();
  assertEquals((await process.result).exitCode, 5);
  assertEquals(text(process.readAll()), "bye\n");
});

Deno.test("Process.stop() asks first, and kills after its time", async () => {
  await using process = new Process();
  await process.stop();
  process.start("cat");
  await process.stop();
  assertEquals([process.state, (await process.result).signal], ["notRunning", "SIGTERM"]);
  process.start(...shell("trap '' TERM; echo up; while :; do sleep 0.01; done"));
  await process.readUntil("\n");
  await process.stop({ timeout: 20 });
  assertEquals([process.state, (await process.result).signal], ["notRunning", "SIGKILL"]);
});

Deno.test("Process.kill() of a group ends what the program has started, too", async () => {
  await using process = new Process({ createNewSession: true });
  process.start(...shell("sleep 20 & sleep 20 & echo up; wait"));
  await process.readUntil("\n");
  const id = process.processId;
  process.kill({ group: true });
  assertEquals((await process.result).signal, "SIGKILL");
  // Nobody is left in the group, but for those who have yet to die or to be buried.
  for (let looks = 0; (await living(id)).length > 0; looks++) assert(looks < 100);
  process.kill({ group: true });
});

Deno.test("Process.kill() of a group needs a group, and the whole permission", async () => {
  await using process = new Process({ program: "cat" });
  process.start();
  assertThrows(() => process.kill({ group: true }), InvalidStateError, "createNewSession");
  const scope = new PermissionScope({ run: ["cat"] });
  await using other = new Process({ program: "cat", createNewSession: true, scope });
  other.start();
  const error = assertThrows(() => other.kill({ group: true }), PermissionError);
  assertEquals([error.flag, other.state], ["--allow-run", "starting"]);
});

/** The processes of a group that are no zombies. */
async function living(group: number): Promise<string[]> {
  const { stdout } = await new Deno.Command("ps", { args: ["-eo", "pgid=,stat="] }).output();
  const lines = text(stdout).split("\n").map((line) => line.trim().split(/\s+/));
  return lines.filter(([id, state]) => Number(id) === group && !state!.startsWith("Z")).flat();
}

Deno.test("Process is killed when its signal aborts", async () => {
  const controller = new AbortController();
  await using process = new Process({ program: "cat", signal: controller.signal });
  process.start();
  await process.waitForStarted();
  controller.abort();
  assertEquals((await process.result).signal, "SIGKILL");
  process.start();
  const { error } = await process.result;
  assertEquals([error!.code, error!.cause], ["failedToStart", controller.signal.reason]);
});

Deno.test("Process is killed and gone when it is disposed of", async () => {
  let id = 0;
  const seen: string[] = [];
  {
    await using process = new Process();
    process.finished.connect((code, status) => seen.push(`${code} ${status}`));
    process.start(...shell("trap '' TERM; while :; do sleep 0.01; done"));
    id = process.processId;
    process.write("unread".repeat(100_000));
  }
  assertEquals(seen, ["9 crash"]);
  assertThrows(() => Deno.kill(id, "SIGCONT"), Deno.errors.NotFound);
});

Deno.test("Process.close() gives the program what is queued, then kills it", async () => {
  const file = await Deno.makeTempFile();
  await using process = new Process();
  process.start(...shell(`cat > ${file}; while :; do sleep 0.01; done`));
  process.write("x".repeat(1_000_000));
  process.close();
  assertEquals(process.write("late"), 0);
  assertEquals((await process.result).signal, "SIGKILL");
  await Deno.remove(file);
});

Deno.test("Process can be closed while it starts", async () => {
  await using process = new Process();
  const seen = signalsOf(process);
  process.start("cat");
  process.close();
  await process.result;
  assertEquals(seen.at(-1), "finished 9 crash");
  process.stateChanged.connect(() => process.close(), { once: true });
  process.start("cat");
  assertEquals((await process.result).error?.message, "Cannot start cat: the process was closed");
});

Deno.test("Process that reads no more says so by an error, and is read on", async () => {
  await using process = new Process();
  process.start(...shell("exec <&-; echo a; sleep 0.05; echo b"));
  const errors: string[] = [];
  process.errorOccurred.connect((error) => errors.push(error.code));
  await process.readUntil("a\n");
  process.write("x");
  await assertRejects(() => process.flush(), ProcessError, "it reads no more");
  assertEquals([process.write("y"), process.isWritable], [0, false]);
  assertEquals((await process.result).exitCode, 0);
  assertEquals([errors, text(process.readAll())], [["write"], "b\n"]);
});

Deno.test("Process.closeWriteChannel() ends the input after the queue", async () => {
  await using process = new Process({ program: "wc", arguments: ["-c"] });
  process.start();
  process.write("x".repeat(700_000));
  process.closeWriteChannel();
  await process.result;
  assertEquals(text(process.readAll()).trim(), "700000");
});

Deno.test("Process.startDetached() says what failed", () => {
  for (const standardOutputFile of [undefined, "/dev/zero"]) {
    const options = standardOutputFile === undefined ? {} : { standardOutputFile };
    const { started, processId, error } = Process.startDetached({ program: "no-such", ...options });
    assertEquals([started, processId, error?.code], [false, 0, "failedToStart"]);
  }
  assertThrows(() => Process.startDetached({ program: "a\0" }), TypeError);
});

Deno.test("Process.startDetached() starts what outlives us, in a session of its own", async () => {
  const program = new URL("../_support/process_detach.ts", import.meta.url);
  const [ours, its, session, word] = (await runWith(["--allow-run"], program)).split(/\s+/);
  assertEquals(ours, its);
  assertEquals(session, its);
  assertEquals(word, "survived");
});

Deno.test("Process.unref() lets this process end although the program runs", async () => {
  const program = new URL("../_support/process_unref.ts", import.meta.url);
  assertEquals(await runWith(["--allow-run"], program), "over\n");
});
