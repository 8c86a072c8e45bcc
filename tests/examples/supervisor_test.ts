import { assert, assertEquals, assertMatch } from "@std/assert";
import { pauseAfter } from "../../examples/_supervisor_worker.ts";
import { ended, example, Lines } from "./_run.ts";

/** A folder for the socket that goes with the scope. */
async function socket(): Promise<{ path: string } & AsyncDisposable> {
  const folder = await Deno.makeTempDir();
  return {
    path: `${folder}/s`,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** Starts a supervisor of these workers. */
async function supervise(path: string, args: string[]): Promise<Lines> {
  return new Lines(await example("supervisor", { replace: { "/tmp/s": path }, args }));
}

/** What the supervisor answers to an order. */
async function order(path: string, ...words: string[]): Promise<string> {
  const replace = { "/tmp/s": path, status: words.join(" ") };
  const { code, stdout, stderr } = await ended(await example("supervisor", { at: 1, replace }));
  assertEquals([code, stderr], [0, ""]);
  return stdout.trimEnd();
}

/** The id in a line that says as what a worker runs. */
function idIn(line: string, name: string): number {
  assertMatch(line, new RegExp(`^${name} is running as \\d+$`));
  return Number(line.split(" ").at(-1));
}

Deno.test("supervisor starts again what fails, and obeys its socket", async () => {
  await using control = await socket();
  const { path } = control;
  const workers = ["one=sleep 1000", 'two=sh -c "echo up; sleep 1000"'];
  await using supervisor = await supervise(path, workers);
  const lines = [await supervisor.next(), await supervisor.next(), await supervisor.next()].sort();
  const one = idIn(lines[0]!, "one");
  assertEquals(lines[2], "two: up");
  Deno.kill(one, "SIGKILL");
  assertMatch(await supervisor.next(), /^one is waiting: .*SIGKILL.*, again in 100 ms$/);
  const again = idIn(await supervisor.next(), "one");
  assert(again !== one);
  const status = await order(path, "status");
  assertMatch(status, new RegExp(`^one +running +${again} +2 .*\\ntwo +running +\\d+ +1 `, "m"));
  assertEquals(await order(path, "restart", "one"), "ok");
  assertEquals(await supervisor.next(), "one is stopped");
  idIn(await supervisor.next(), "one");
  assertEquals(await order(path, "stop", "three"), "no worker three");
  assertEquals(await order(path, "stop"), "stopped");
  const last = [await supervisor.next(), await supervisor.next()];
  assertEquals(last.sort(), ["one is stopped", "two is stopped"]);
  assertEquals(await supervisor.code(), 0);
});

Deno.test("supervisor is done with what succeeds, and ends its groups when it is told to", async () => {
  await using control = await socket();
  const workers = ["short=true", 'group=sh -c "sleep 1000 & echo $!; wait"'];
  await using supervisor = await supervise(control.path, workers);
  const lines = [];
  for (let i = 0; i < 4; i++) lines.push(await supervisor.next());
  assert(lines.includes("short is done"), lines.join("\n"));
  const inner = Number(lines.find((line) => line.startsWith("group: "))!.split(" ")[1]);
  supervisor.kill("SIGTERM");
  assertEquals(await supervisor.next(), "group is stopped");
  assertEquals(await supervisor.code(), 0);
  for (let looks = 0; await runs(inner); looks++) assert(looks < 100, "the group still runs");
});

/** Whether a process does more than wait to be buried. */
async function runs(id: number): Promise<boolean> {
  const { stdout } = await new Deno.Command("ps", { args: ["-o", "stat=", "-p", `${id}`] })
    .output();
  return /^[^Z]/.test(new TextDecoder().decode(stdout).trim());
}

Deno.test("supervisor waits longer with each failure in a row, and gives up at last", () => {
  const pauses = [1, 2, 3, 9, 10, 11].map(pauseAfter);
  assertEquals(pauses, [100, 200, 400, 25_600, 30_000, null]);
});
