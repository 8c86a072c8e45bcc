/**
 * Keeps programs running, and lets itself be told what to do over a local socket. A program that
 * fails is started again after a pause that grows with each failure in a row; one that ends with
 * exit code 0 is done. On a terminal there is a table, in a pipe a line for all that happens.
 *
 * ```sh
 * deno run --allow-run --allow-net=unix:/tmp/s --allow-read=/tmp/s,/tmp/s.lock --allow-write=/tmp/s,/tmp/s.lock examples/supervisor.ts /tmp/s
 * ```
 *
 * with the workers behind: `web="python3 -m http.server" tick="sh -c 'sleep 5'"`, where only double
 * quotes keep words together. It takes all of `--allow-run`, since only that lets a whole group be
 * ended; the lock is for taking over the socket of a supervisor that has crashed. An order takes no
 * more than the socket:
 *
 * ```sh
 * deno run --allow-net=unix:/tmp/s --allow-read=/tmp/s --allow-write=/tmp/s examples/supervisor.ts /tmp/s status
 * ```
 *
 * or `start NAME`, `restart NAME`, `stop NAME`, and `stop`, which ends it all, as Ctrl-C does.
 *
 * @module
 */
import { LocalServer, LocalSocket } from "@quayside/quayside/ipc";
import { table, View } from "./_supervisor_view.ts";
import { Worker } from "./_supervisor_worker.ts";

/** Bytes of an order, and milliseconds for it to arrive: nobody can hold us up. */
const LONGEST_ORDER = 256;
const ORDER_TIMEOUT = 5_000;

const signals = ["SIGINT", "SIGTERM"] as const;

/** Keeps workers running until it is told to stop. */
async function supervise(path: string, words: readonly string[]): Promise<void> {
  using view = new View();
  const workers = words.map((word) => {
    const at = word.indexOf("=");
    return new Worker(word.slice(0, at), { command: word.slice(at + 1), listener: view.tell });
  });
  const stopped = Promise.withResolvers<void>();
  await using server = await LocalServer.listen(path, { takeOverStale: true });
  server.newConnection.connect(async () => {
    await using peer = server.nextPendingConnection()!;
    const answer = await obey(await orderOf(peer), workers);
    peer.write(`${answer ?? "stopped"}\n`);
    if (answer === null) stopped.resolve();
  });
  for (const signal of signals) Deno.addSignalListener(signal, stopped.resolve);
  view.begin(workers);
  for (const worker of workers) worker.start();
  await stopped.promise;
  for (const signal of signals) Deno.removeSignalListener(signal, stopped.resolve);
  await Promise.all(workers.map((worker) => worker.stop()));
}

/** What a client orders; nothing when it does not get it out. */
async function orderOf(peer: LocalSocket): Promise<string[]> {
  try {
    const options = { maxSize: LONGEST_ORDER, timeout: ORDER_TIMEOUT };
    return new TextDecoder().decode(await peer.readUntil("\n", options)).trim().split(/\s+/);
  } catch {
    return [];
  }
}

/** Does what is ordered, and gives the answer; `null`: it all ends. */
async function obey([verb, name]: string[], workers: readonly Worker[]): Promise<string | null> {
  if (verb === "status") return table(workers).join("\n");
  if (verb === "stop" && name === undefined) {
    await Promise.all(workers.map((worker) => worker.stop()));
    return null;
  }
  const worker = workers.find((worker) => worker.name === name);
  if (worker === undefined) return `no worker ${name ?? ""}`;
  if (verb === "stop" || verb === "restart") await worker.stop();
  if (verb === "start" || verb === "restart") worker.start();
  return "ok";
}

/** Gives an order to the supervisor that listens there, and prints its answer. */
async function order(path: string, words: readonly string[]): Promise<void> {
  await using socket = await LocalSocket.connect({ name: path });
  socket.write(`${words.join(" ")}\n`);
  for await (const chunk of socket) console.log(new TextDecoder().decode(chunk).trimEnd());
}

const [path, ...words] = Deno.args;
if (path === undefined) {
  console.error("usage: supervisor.ts SOCKET NAME=COMMAND…, or supervisor.ts SOCKET ORDER [NAME]");
  Deno.exit(2);
}
if (words.every((word) => word.includes("="))) await supervise(path, words);
else await order(path, words);
