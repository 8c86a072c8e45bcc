import { assert, assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { InvalidStateError } from "../../core/error.ts";
import { PermissionError, PermissionScope } from "../../core/permission.ts";
import { Process } from "../../ipc/process.ts";
import { ProcessEnvironment } from "../../ipc/process_environment.ts";
import { ProcessError } from "../../ipc/process_error.ts";
import { runWith, signalsOf, text } from "../_support/processes.ts";

const shell = (script: string): [string, string[]] => ["sh", ["-c", script]];

Deno.test("Process emits its signals in Qt's order", async () => {
  await using process = new Process();
  const seen = signalsOf(process);
  process.start(...shell("cat"));
  assertEquals([process.state, seen], ["starting", ["starting"]]);
  assert(process.processId > 0);
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
  process.start("cat");
  assertEquals((await process.stop()).signal, "SIGTERM");
  process.start(...shell("trap '' TERM; echo up; while :; do sleep 0.01; done"));
  await process.readUntil("\n");
  assertEquals((await process.stop({ timeout: 20 })).signal, "SIGKILL");
  assertEquals((await process.stop()).signal, "SIGKILL");
});

Deno.test("Process.kill() of a group ends what the program has started, too", async () => {
  await using process = new Process({ createNewSession: true });
  process.start(...shell("sleep 20 & sleep 20 & echo up; wait"));
  await process.readUntil("\n");
  const id = process.processId;
  process.kill({ group: true });
  assertEquals((await process.result).signal, "SIGKILL");
  // Nobody is left in the group, but for those whom their parent has yet to bury.
  assertEquals(await living(id), []);
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

Deno.test("Process.splitCommand() splits as Qt does", () => {
  const rows: [string, string[]][] = [
    ["", []],
    ["   ", []],
    ["prog", ["prog"]],
    [" prog  a\tb\nc ", ["prog", "a", "b", "c"]],
    ['prog "a b" c', ["prog", "a b", "c"]],
    ['prog a" "b', ["prog", "a b"]],
    ['"my prog" a', ["my prog", "a"]],
    ['prog """a"""', ["prog", '"a"']],
    ['prog """"hello world""""', ["prog", '"hello world"']],
    ['prog "a""b"', ["prog", "ab"]],
    ['prog ""', ["prog"]],
    ['prog "a', ["prog", "a"]],
    ["prog 'a b'", ["prog", "'a", "b'"]],
    ["prog a\\ b", ["prog", "a\\", "b"]],
    ['prog a"""b c', ["prog", 'a"b', "c"]],
    ['prog "a """ b"', ["prog", 'a " b']],
    ["prog a\u00a0b\u3000c", ["prog", "a", "b", "c"]],
    ["prog \u{1f600}x", ["prog", "\u{1f600}x"]],
  ];
  for (const [command, parts] of rows) assertEquals(Process.splitCommand(command), parts, command);
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

Deno.test("Process.environment is all that the program sees, unless it inherits", async () => {
  await using process = new Process({ environment: { A: "1" } });
  process.start("/usr/bin/env");
  await process.result;
  assertEquals(text(process.readAll()), "A=1\n");
  process.environment = new ProcessEnvironment();
  process.start("/usr/bin/env");
  await process.result;
  assertEquals(text(process.readAll()), "");
  process.environment = new ProcessEnvironment({ inheritsFromParent: true });
  process.environment.insert("B", "2");
  for (const file of [null, "/dev/zero"]) {
    process.setStandardErrorFile(file);
    process.start("/usr/bin/env");
    await process.result;
    const lines = text(process.readAll()).split("\n");
    assert(lines.includes("B=2") && lines.some((line) => line.startsWith("PATH=")));
  }
});

Deno.test("Process merges in the order of printing", async () => {
  const script = "for i in 1 2 3 4 5 6 7 8 9; do echo $i; echo -$i >&2; done";
  const wanted = Array.from({ length: 9 }, (_, i) => `${i + 1}\n-${i + 1}\n`).join("");
  await using process = new Process({ channelMode: "merged" });
  process.start(...shell(script));
  assertEquals((await process.result).exitCode, 0);
  assertEquals(text(process.readAll()), wanted);
  assertEquals(process.readAllStandardError().length, 0);
  const file = await Deno.makeTempFile();
  process.setStandardOutputFile(file);
  process.start(...shell(script));
  await process.result;
  assertEquals(await Deno.readTextFile(file), wanted);
  await Deno.remove(file);
});

Deno.test("Process merges in any order where no shell may be run", async () => {
  const scope = new PermissionScope({ run: ["/bin/sh"] });
  await using process = new Process({ channelMode: "merged", scope });
  process.start("/bin/sh", ["-c", "head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2"]);
  assertEquals((await process.result).exitCode, 0);
  assertEquals(process.bytesAvailable, 600_000);
});

Deno.test("Process reads from a file and prints to files, new or on", async () => {
  const folder = await Deno.makeTempDir();
  const [a, b, c] = [`${folder}/a`, `${folder}/b`, `${folder}/c`];
  await Deno.writeTextFile(a, "input");
  await using process = new Process();
  process.setStandardInputFile(a);
  process.setStandardOutputFile(b);
  process.setStandardErrorFile(c, "append");
  for (let i = 0; i < 2; i++) {
    process.start(...shell("cat; echo err >&2"));
    assertEquals(process.write("x"), 0);
    assertEquals((await process.result).exitCode, 0);
  }
  assertEquals(process.bytesAvailable, 0);
  assertEquals(await Deno.readTextFile(b), "input");
  assertEquals(await Deno.readTextFile(c), "err\nerr\n");
  process.setStandardInputFile(null);
  process.setStandardOutputFile(null);
  process.setStandardErrorFile(Process.nullDevice);
  process.start(...shell("cat; echo err >&2"));
  process.write("again");
  process.closeWriteChannel();
  await process.result;
  assertEquals(text(process.readAll()), "again");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("Process.nullDevice is empty, and takes everything", async () => {
  await using process = new Process({
    standardInputFile: Process.nullDevice,
    standardOutputFile: Process.nullDevice,
  });
  process.start(...shell("cat; echo a; echo b >&2"));
  await process.result;
  assertEquals(process.bytesAvailable, 0);
  assertEquals(text(process.readAllStandardError()), "b\n");
});

Deno.test("Process.setStandardOutputProcess() joins programs, whichever starts first", async () => {
  for (const order of [[0, 1, 2], [2, 1, 0], [1, 0, 2]]) {
    await using source = new Process({ program: "head", arguments: ["-c", "300000", "/dev/zero"] });
    await using filter = new Process({ program: "tr", arguments: ["\\0", "x"] });
    await using sink = new Process({ program: "wc", arguments: ["-c"] });
    source.setStandardOutputProcess(filter);
    filter.setStandardOutputProcess(sink);
    const all = [source, filter, sink];
    for (const index of order) all[index]!.start();
    const results = await Promise.all(all.map((process) => process.result));
    assertEquals(results.map(({ exitCode }) => exitCode), [0, 0, 0]);
    assertEquals(text(sink.readAll()).trim(), "300000");
    assertEquals([source.bytesAvailable, filter.bytesAvailable, sink.write("x")], [0, 0, 0]);
  }
});

Deno.test("Process.setStandardOutputProcess() breaks the pipe of who prints to nobody", async () => {
  await using source = new Process({ program: "yes" });
  await using sink = new Process({ program: "head", arguments: ["-c", "10"] });
  source.setStandardOutputProcess(sink);
  source.start();
  sink.start();
  assertEquals((await sink.result).exitCode, 0);
  assertEquals((await source.result).signal, "SIGPIPE");
  await using nobody = new Process({ program: "no-such-program" });
  source.setStandardOutputProcess(nobody);
  source.start();
  nobody.start();
  assertEquals((await source.result).signal, "SIGPIPE");
});

Deno.test("Process.execute() gives the exit code, or says what it was instead", async () => {
  assertEquals(await Process.execute("sh", ["-c", "exit 7"]), 7);
  assertEquals(await Process.execute("sh", ["-c", "kill -9 $$"]), -1);
  assertEquals(await Process.execute("no-such-program"), -2);
  assertEquals(await Process.execute("cat"), 0);
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

Deno.test("Process needs the permission to run its program, and no more", async () => {
  const program = new URL("../_support/process_once.ts", import.meta.url);
  assertEquals(await runWith(["--allow-run=cat"], program), "hello 0\n");
  assertEquals(await runWith([], program), "Cannot start cat: it needs --allow-run=cat\n");
  const scope = new PermissionScope({ run: ["sort"] });
  await using process = new Process({ program: "cat", scope });
  process.start();
  const { error } = await process.result;
  assertEquals(error?.message, "Cannot start cat: its scope does not allow it");
  assertInstanceOf(error?.cause, PermissionError);
});

Deno.test("Process needs more for files: the environment, and the file", async () => {
  const program = new URL("../_support/process_once.ts", import.meta.url);
  const file = await Deno.makeTempFile();
  const flags = ["--allow-run=cat", "--allow-env=NODE_V8_COVERAGE", `--allow-write=${file}`];
  const output = await runWith(flags, program, [file]);
  assertEquals(output, " 0\n");
  assertEquals(await Deno.readTextFile(file), "hello");
  const denied = await runWith(flags.slice(0, 2), program, [file]);
  assertEquals(denied, `Cannot start cat: it needs --allow-write=${file}\n`);
  const blind = await runWith([flags[0]!, flags[2]!], program, [file]);
  assertEquals(blind, "Cannot start cat: it needs --allow-env=NODE_V8_COVERAGE\n");
  await Deno.remove(file);
});

Deno.test("Process.systemEnvironment() lists this process's variables", () => {
  assert(Process.systemEnvironment().includes(`PATH=${Deno.env.get("PATH")}`));
});
