import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { PermissionError, PermissionScope } from "../../core/permission.ts";
import { Process } from "../../ipc/process.ts";
import { ProcessEnvironment } from "../../ipc/process_environment.ts";
import { runWith, shell, text } from "../_support/processes.ts";

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
    ['prog "a b""c d"', ["prog", "a bc d"]],
    ['prog ""a b', ["prog", "a", "b"]],
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

Deno.test("Process merges two pipes without a loss, as little as is read at a time", async () => {
  const scope = new PermissionScope({ run: ["/bin/sh"] });
  await using process = new Process({ channelMode: "merged", scope });
  process.readBufferSize = 1000;
  process.start("/bin/sh", ["-c", "for i in 0 1 2 3 4; do seq 1000; seq -w 2001 3000 >&2; done"]);
  let output = "";
  let most = 0;
  process.readyRead.connect(() => {
    most = Math.max(most, process.bytesAvailable);
    output += text(process.read());
  });
  await process.result;
  assert(most <= 1000);
  const sorted = (text: string) => [...text].sort().join("");
  const lines = (from: number) => Array.from({ length: 1000 }, (_, i) => `${from + i}\n`).join("");
  assertEquals(sorted(output), sorted((lines(1) + lines(2001)).repeat(5)));
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

Deno.test("Process forwards the channels that it is told to, and reads the others", async () => {
  const program = new URL("../_support/process_forward.ts", import.meta.url);
  const rows = {
    separate: "",
    forwarded: "out err ",
    forwardedOutput: "out ",
    forwardedError: "err ",
  };
  for (const [mode, forwarded] of Object.entries(rows)) {
    const output = await runWith(["--allow-run=sh"], program, [mode]);
    const read = ["out ", "err "].filter((word) => !forwarded.includes(word)).join("");
    assertEquals(
      output,
      `${forwarded.replace("err ", "")}read ${read}\n` +
        (forwarded.includes("err ") ? "err " : ""),
    );
  }
});

Deno.test("Process forwards this process's input when it is told to", async () => {
  const program = new URL("../_support/process_forward.ts", import.meta.url);
  const args = ["run", "--no-config", "--no-lock", "--allow-run", program.pathname, "input"];
  await using outer = new Process({ program: Deno.execPath(), arguments: args });
  outer.start();
  outer.write("a word");
  outer.closeWriteChannel();
  assertEquals((await outer.result).exitCode, 0);
  assertEquals(text(outer.readAll()), "read a word\n");
});

Deno.test("Process needs all of the permission to run for the linker's variables", async () => {
  const program = new URL("../_support/process_forward.ts", import.meta.url);
  const output = await runWith(["--allow-run=sh"], program, ["linker"]);
  assertEquals(output, "Cannot start sh: it needs --allow-run\n");
});
