import { assert, assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { InvalidStateError } from "../../core/error.ts";
import { Process } from "../../ipc/process.ts";
import { ProcessError } from "../../ipc/process_error.ts";
import { shell, signalsOf, text } from "../_support/processes.ts";

Deno.test("Process emits its signals in Qt's order", async () => {
  await using process = new Process();
  const seen = signalsOf(process);
  process.start(...shell("cat"));
  assertEquals([process.state, seen], ["starting", ["starting"]]);
  assert(process.processId > 0);
  await process.started.next();
  assertEquals(await process.waitForStarted(), true);
  process.write("a");
  process.closeWriteChannel();
  const result = await process.result;
  assertEquals(result, { exitCode: 0, exitStatus: "normal", signal: null, error: null });
  assertEquals(seen, [
    "starting",
    "running",
    "started",
    "readyRead",
    "output",
    "notRunning",
    "readChannelFinished",
    "finished 0 normal",
  ]);
  assertEquals([process.processId, process.isOpen, text(process.readAll())], [0, false, "a"]);
});

Deno.test("Process tells exit codes and signals as Qt does", async () => {
  const rows: [string, number, "normal" | "crash", Deno.Signal | null][] = [
    ["exit 0", 0, "normal", null],
    ["exit 3", 3, "normal", null],
    ["exit 300", 44, "normal", null],
    ["exit 137", 137, "normal", null],
    ["kill -SEGV $$", 11, "crash", "SIGSEGV"],
    ["kill -KILL $$", 9, "crash", "SIGKILL"],
    ["kill -TERM $$", 15, "crash", "SIGTERM"],
  ];
  for (const file of [undefined, "/dev/zero"]) {
    for (const [script, exitCode, exitStatus, signal] of rows) {
      await using process = new Process(file === undefined ? {} : { standardOutputFile: file });
      const seen = signalsOf(process);
      process.start(...shell(script));
      const result = await process.result;
      assertEquals({ ...result, error: null }, { exitCode, exitStatus, signal, error: null });
      assertEquals(result.error?.code, signal === null ? undefined : "crashed");
      assertEquals([process.exitCode, process.exitStatus], [exitCode, exitStatus]);
      const end = ["notRunning", "readChannelFinished", `finished ${exitCode} ${exitStatus}`];
      assertEquals(seen.slice(3), signal === null ? end : ["error crashed", ...end]);
    }
  }
});

Deno.test("Process that cannot be started says why, later, and never finishes", async () => {
  const file = new URL("../../deno.json", import.meta.url).pathname;
  const rows: [Partial<Process>, string][] = [
    [{ program: "no-such-program" }, "no such program"],
    [{ program: "/no/such" }, "no such program"],
    [{ program: file }, "it is not executable"],
    [{ program: "cat", workingDirectory: "/no/such" }, "no such folder /no/such"],
    [{ program: "no-such-program", channelMode: "merged" }, "no such program"],
    [{ program: file, channelMode: "merged" }, "no such program"],
  ];
  for (const [settings, so] of rows) {
    await using process = Object.assign(new Process(), settings);
    const seen = signalsOf(process);
    process.start();
    assertEquals(seen, ["starting"]);
    assertEquals(await process.waitForStarted(), false);
    const { error, ...result } = await process.result;
    assertEquals(result, { exitCode: -2, exitStatus: "crash", signal: null });
    assertInstanceOf(error, ProcessError);
    assertEquals(error.message, `Cannot start ${settings.program}: ${so}`);
    assertEquals(seen, ["starting", "notRunning", "error failedToStart"]);
    assertEquals([process.error, process.errorString], ["failedToStart", error.message]);
    assertEquals([process.processId, await process.waitForFinished()], [0, false]);
  }
});

Deno.test("Process that cannot be started says why with files, too", async () => {
  const rows: [Partial<Process>, string | null, string][] = [
    [{ program: "no-such-program" }, null, "no such program"],
    [{ program: "cat", workingDirectory: "/no/such" }, null, "no such program, or folder"],
    [{ program: "cat" }, "/no/such/file", "no such file or directory"],
  ];
  for (const [settings, path, so] of rows) {
    await using process = Object.assign(new Process(), settings);
    const seen = signalsOf(process);
    process.setStandardOutputFile(path ?? "/dev/zero");
    process.start();
    const { error } = await process.result;
    assert(error!.message.startsWith(`Cannot start ${settings.program}: `));
    assert(error!.message.includes(so), error!.message);
    assertEquals(seen, ["starting", "notRunning", "error failedToStart"]);
  }
});

Deno.test("Process.start() without a program fails without starting", async () => {
  await using process = new Process();
  const seen = signalsOf(process);
  process.start();
  assertEquals(seen, ["error failedToStart"]);
  process.startCommand("  ");
  assertEquals(process.errorString, "Cannot start a process: no program is set");
  assertEquals((await process.result).exitCode, -2);
});

Deno.test("Process.start() refuses NUL at once, and a second start", async () => {
  await using process = new Process();
  assertThrows(() => process.start("a\0b"), TypeError, "NUL");
  assertThrows(() => process.start("cat", ["a\0b"]), TypeError, "NUL");
  process.workingDirectory = "a\0b";
  assertThrows(() => process.start("cat"), TypeError, "NUL");
  assertEquals(process.state, "notRunning");
  process.workingDirectory = "";
  process.start("cat");
  assertThrows(() => process.start("cat"), InvalidStateError, "it is starting");
  await process.waitForStarted();
  assertThrows(() => process.start("cat"), InvalidStateError, "it is running");
});

Deno.test("Process can be started again, also in a slot of finished", async () => {
  await using process = new Process();
  const ends: number[] = [];
  process.finished.connect((code) => {
    ends.push(code);
    if (ends.length < 3) process.start(...shell(`echo ${ends.length}; exit ${ends.length}`));
  });
  const first = process.result;
  process.start(...shell("exit 9"));
  assertEquals((await first).exitCode, 9);
  assertEquals((await process.result).exitCode, 1);
  assertEquals((await process.result).exitCode, 2);
  assertEquals([ends, text(process.readAll())], [[9, 1, 2], "2\n"]);
});

Deno.test("Process can be started again when it could not be started", async () => {
  await using process = new Process();
  process.errorOccurred.connect(() => process.start("cat", ["/dev/null"]), { once: true });
  process.start("no-such-program");
  assertEquals((await process.result).exitCode, -2);
  assertEquals((await process.result).exitCode, 0);
  assertEquals(process.error, null);
});

Deno.test("Process reads all output before it finishes, whatever its size", async () => {
  for (const channelMode of ["separate", "merged"] as const) {
    await using process = new Process({ channelMode });
    let atEnd = -1;
    process.finished.connect(() => atEnd = process.bytesAvailable);
    process.start(...shell("head -c 2000000 /dev/zero"));
    await process.result;
    assertEquals(atEnd, 2_000_000);
  }
});

Deno.test("Process that is not started waits for nothing", async () => {
  await using process = new Process();
  assertEquals(await process.waitForStarted(), false);
  assertEquals(await process.waitForFinished(), false);
  assertEquals(process.write("x"), 0);
  assertEquals([process.exitCode, process.exitStatus, process.error], [0, "normal", null]);
  process.start("cat");
  const reason = new Error("enough");
  const signal = AbortSignal.abort(reason);
  assertEquals(await assertRejects(() => process.waitForFinished({ signal })), reason);
});

Deno.test("Process.waitForFinished() in a slot does not get stuck", async () => {
  await using process = new Process();
  const waits: Promise<boolean>[] = [];
  process.started.connect(() => waits.push(process.waitForFinished()));
  process.readyRead.connect(() => waits.push(process.waitForFinished()));
  process.finished.connect(() => waits.push(process.waitForFinished(0)));
  process.start(...shell("echo a"));
  await process.result;
  assertEquals(await Promise.all(waits), [true, true, true]);
});

Deno.test("Process.startCommand() starts what a command says", async () => {
  await using process = new Process();
  process.startCommand('printf %s "a  b"');
  await process.result;
  assertEquals([process.program, process.arguments], ["printf", ["%s", "a  b"]]);
  assertEquals(text(process.readAll()), "a  b");
});

Deno.test("Process passes arguments and folder on as they are", async () => {
  const arguments_ = ["a b", '"', "$HOME", "", "é\n", "*"];
  await using process = new Process({ workingDirectory: "/" });
  process.start("sh", ["-c", 'pwd; for a; do printf "<%s>" "$a"; done', "sh", ...arguments_]);
  await process.result;
  assertEquals(text(process.readAll()), "/\n" + arguments_.map((it) => `<${it}>`).join(""));
});

Deno.test("Process.execute() gives the exit code, or says what it was instead", async () => {
  assertEquals(await Process.execute("sh", ["-c", "exit 7"]), 7);
  assertEquals(await Process.execute("sh", ["-c", "kill -9 $$"]), -1);
  assertEquals(await Process.execute("no-such-program"), -2);
  assertEquals(await Process.execute("cat"), 0);
});

Deno.test("Process.systemEnvironment() lists this process's variables", () => {
  assert(Process.systemEnvironment().includes(`PATH=${Deno.env.get("PATH")}`));
});
