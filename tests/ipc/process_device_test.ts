import { assertEquals, assertThrows } from "@std/assert";
import { InvalidStateError } from "../../core/error.ts";
import { Process } from "../../ipc/process.ts";
import { deviceContract } from "../_support/device_contract.ts";
import { processAndPeer, shell, signalsOf, text } from "../_support/processes.ts";

// As in Qt, `readChannelFinished` comes when the program ends, not when it closes its output.
const able = { halfClose: false };

deviceContract("Process", (options) => processAndPeer(new Process(), options), able);

deviceContract("Process by node", (options) => {
  // A file for the errors makes it node's.
  const process = new Process({ standardErrorFile: { path: "/dev/zero", mode: "append" } });
  return processAndPeer(process, options);
}, able);

deviceContract("Process, errors of", (options) => {
  const process = new Process();
  process.readChannel = "standardError";
  const start = process.start.bind(process);
  process.start = (program, arguments_) => {
    start("sh", ["-c", 'exec "$0" "$@" 3>&1 1>&2 2>&3 3>&-', program!, ...arguments_!]);
  };
  return processAndPeer(process, options);
}, able);

Deno.test("Process goes on reading after its input has ended", async () => {
  await using process = new Process();
  process.start("sh", ["-c", "cat; echo more; cat >/dev/null; echo end"]);
  process.write("question ");
  await process.writable.close();
  assertEquals(process.isWritable, false);
  assertEquals(text(await process.readExactly(18)), "question more\nend\n");
  assertEquals((await process.result).exitCode, 0);
});

const both = ["-c", "echo out; echo err >&2"];

Deno.test("Process.readChannel says which channel is read, and keeps the other", async () => {
  await using process = new Process();
  process.start("sh", both);
  await process.waitForFinished();
  assertEquals([process.bytesAvailable, text(process.peek(9))], [4, "out\n"]);
  process.readChannel = "standardError";
  assertEquals([process.bytesAvailable, process.canReadLine()], [4, true]);
  assertEquals(text(process.readLine()!), "err\n");
  assertEquals(process.atEnd, true);
  process.readChannel = "standardOutput";
  assertEquals(text(process.readAll()), "out\n");
});

Deno.test("Process.readyRead is about the channel that is read", async () => {
  for (const channel of ["standardOutput", "standardError"] as const) {
    await using process = new Process();
    process.readChannel = channel;
    const seen = signalsOf(process);
    process.start("sh", ["-c", channel === "standardError" ? "echo a >&2" : "echo a"]);
    await process.waitForFinished();
    const own = channel === "standardError" ? "errors" : "output";
    assertEquals(seen.slice(3, 5), ["readyRead", own]);
    const other = new Process();
    const others = signalsOf(other);
    other.readChannel = channel;
    other.start("sh", ["-c", channel === "standardError" ? "echo a" : "echo a >&2"]);
    await other.waitForFinished();
    assertEquals(others.includes("readyRead"), false);
  }
});

Deno.test("Process.readAllStandardError() reads errors whichever channel is read", async () => {
  await using process = new Process({ program: "sh", arguments: both });
  process.start();
  await process.waitForFinished();
  assertEquals(text(process.readAllStandardError()), "err\n");
  assertEquals(text(process.readAllStandardOutput()), "out\n");
  assertEquals(process.readChannel, "standardOutput");
});

Deno.test("Process.readAllStandardError() is refused while something reads errors", async () => {
  await using process = new Process({ program: "cat" });
  process.start();
  process.readChannel = "standardError";
  const read = process.readExactly(1);
  read.catch(() => {});
  assertThrows(() => process.readAllStandardError(), InvalidStateError);
  assertEquals(process.readAllStandardOutput().length, 0);
});

Deno.test("Process.closeReadChannel() throws away what comes, and holds nobody up", async () => {
  await using process = new Process();
  process.start("sh", ["-c", "head -c 1000000 /dev/zero; head -c 1000000 /dev/zero >&2"]);
  process.closeReadChannel("standardOutput");
  process.closeReadChannel("standardError");
  assertEquals((await process.result).exitCode, 0);
  assertEquals(process.bytesAvailable, 0);
  assertEquals(process.readAllStandardError().length, 0);
});

Deno.test("Process.readBufferSize makes the program wait, on both channels", async () => {
  const size = 1_000_000;
  for (const channel of ["standardOutput", "standardError"] as const) {
    await using process = new Process();
    process.readBufferSize = 500;
    process.readChannel = channel;
    const to = channel === "standardError" ? ">&2" : "";
    process.start("sh", ["-c", `head -c ${size} /dev/zero ${to}`]);
    let most = 0, got = 0;
    process.readyRead.connect(() => {
      most = Math.max(most, process.bytesAvailable);
      queueMicrotask(() => got += process.read().length);
    });
    await process.waitForFinished();
    await process.result;
    assertEquals([got, most], [size, 500]);
  }
});

Deno.test("Process gives all of a big output to a slow reader, then finishes", async () => {
  await using process = new Process();
  process.start("head", ["-c", "5000000", "/dev/zero"]);
  let got = 0;
  for await (const chunk of process) {
    got += chunk.length;
    await new Promise((resolve) => queueMicrotask(() => resolve(null)));
  }
  assertEquals(got, 5_000_000);
  assertEquals((await process.result).exitCode, 0);
});

Deno.test("Process keeps what came bit by bit while nobody read", async () => {
  await using process = new Process();
  process.start(...shell("while read word; do echo $word; echo $word >&2; done"));
  for (let i = 1; i <= 5; i++) {
    process.write(`${i}\n`);
    await process.readyReadStandardError.next();
    if (process.bytesAvailable < 2 * i) await process.readyReadStandardOutput.next();
  }
  assertEquals(text(process.readAllStandardOutput()), "1\n2\n3\n4\n5\n");
  assertEquals(text(process.readAllStandardError()), "1\n2\n3\n4\n5\n");
});

Deno.test("Process keeps all output without a limit when nobody reads", async () => {
  await using process = new Process();
  process.start("head", ["-c", "3000000", "/dev/zero"]);
  assertEquals((await process.result).exitCode, 0);
  assertEquals(process.bytesAvailable, 3_000_000);
});

Deno.test("Process.readable streams the channel that is read", async () => {
  await using process = new Process();
  process.readChannel = "standardError";
  process.start("sh", both);
  assertEquals(await new Response(process.readable).text(), "err\n");
  assertEquals(text(process.readAllStandardOutput()), "out\n");
});
