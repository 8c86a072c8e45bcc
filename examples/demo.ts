/**
 * What is here, at work: downloads a large file by `NetworkAccessManager`, plays 10 000 round trips
 * over `TcpServer` and `TcpSocket`, and the same over plain `fetch` and `Deno.connect`. Exit status
 * 0 says that every byte came back right. Three turns each, medians.
 *
 * The comparison is fair and small: everything runs in this one process. Both downloads come from
 * the same server (`_file_server.ts`, a `TcpServer`) and are hashed as they arrive; client and
 * server share one thread, so the clients' own shares differ more than the figures show.
 * `deno task bench` measures with a process for each.
 *
 * ```sh
 * deno run --allow-net=127.0.0.1 --allow-read examples/demo.ts
 * deno run --allow-net=127.0.0.1 --allow-read=large.iso examples/demo.ts large.iso
 * ```
 *
 * @module
 */
import { createHash } from "node:crypto";
import { NetworkAccessManager } from "@quayside/quayside/http";
import { TcpServer, TcpSocket } from "@quayside/quayside/net";
import { serveFile } from "./_file_server.ts";
import { ProgressBar } from "./_progress_bar.ts";

const hostname = "127.0.0.1";
const ROUND_TRIPS = 10_000;
const MESSAGE_SIZE = 64;
/** How often each side has its turn. */
const TURNS = 3;

/** One thing done: how much of it in a second, and whether what came was right. */
interface Result {
  readonly perSecond: number;
  readonly isRight: boolean;
}

/** SHA-256 of chunks as they come. */
async function digest(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest("hex");
}

/** Times `work`, which says whether all was right. */
async function timed(amount: number, work: () => Promise<boolean>): Promise<Result> {
  const start = performance.now();
  const isRight = await work();
  return { perSecond: amount / (performance.now() - start) * 1000, isRight };
}

/** Lets both sides work in turn, so that neither has the warmer machine; the medians. */
async function byTurns(
  ours: (turn: number) => Promise<Result>,
  plain: () => Promise<Result>,
): Promise<[ours: Result, plain: Result]> {
  const results: [Result[], Result[]] = [[], []];
  for (let turn = 1; turn <= TURNS; turn++) {
    results[0].push(await ours(turn));
    results[1].push(await plain());
  }
  return [median(results[0]), median(results[1])];
}

function median(results: Result[]): Result {
  const speeds = results.map(({ perSecond }) => perSecond).sort((a, b) => a - b);
  return {
    perSecond: speeds[speeds.length >> 1]!,
    isRight: results.every(({ isRight }) => isRight),
  };
}

/** Downloads by both clients. */
async function downloads(url: string, file: { size: number; sha256: string }) {
  await using manager = new NetworkAccessManager();
  const isFile = async (chunks: AsyncIterable<Uint8Array>) => await digest(chunks) === file.sha256;
  const ours = async (turn: number) => {
    using bar = new ProgressBar(`download ${turn} of ${TURNS}`);
    const reply = manager.get(url);
    reply.downloadProgress.connect((received, total) => bar.show(received, total));
    return await timed(file.size, () => isFile(reply));
  };
  return await byTurns(ours, () => timed(file.size, async () => isFile((await fetch(url)).body!)));
}

/** The message of a round trip: its number, again and again. */
function message(trip: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new Uint32Array(MESSAGE_SIZE / 4).fill(trip).buffer);
}

function isEcho(answer: Uint8Array, trip: number): boolean {
  return answer.length === MESSAGE_SIZE && message(trip).every((byte, i) => byte === answer[i]);
}

async function roundTrips(): Promise<Result> {
  await using server = await TcpServer.listen({ address: hostname });
  server.newConnection.connect(() => {
    const peer = server.nextPendingConnection()!;
    peer.readyRead.connect(() => peer.write(peer.read()));
  });
  await using socket = await TcpSocket.connect({ hostname, port: server.serverPort });
  return await timed(ROUND_TRIPS, async () => {
    let right = 0;
    for (let trip = 0; trip < ROUND_TRIPS; trip++) {
      socket.write(message(trip));
      if (isEcho(await socket.readExactly(MESSAGE_SIZE), trip)) right++;
    }
    return right === ROUND_TRIPS;
  });
}

async function plainRoundTrips(): Promise<Result> {
  using listener = Deno.listen({ hostname, port: 0 });
  const echo = listener.accept().then(async (peer) => {
    const buffer = new Uint8Array(MESSAGE_SIZE);
    for (let size; (size = await peer.read(buffer)) !== null;) {
      await peer.write(buffer.subarray(0, size));
    }
    peer.close();
  });
  const connection = await Deno.connect({ hostname, port: listener.addr.port });
  const result = await timed(ROUND_TRIPS, async () => {
    const buffer = new Uint8Array(MESSAGE_SIZE);
    let right = 0;
    for (let trip = 0; trip < ROUND_TRIPS; trip++) {
      await connection.write(message(trip));
      const size = await connection.read(buffer);
      if (isEcho(buffer.subarray(0, size ?? 0), trip)) right++;
    }
    return right === ROUND_TRIPS;
  });
  connection.close();
  await echo;
  return result;
}

/** One line of the table. */
function row(what: string, [ours, plain]: readonly Result[], show: (x: number) => string): string {
  const ratio = `${(ours!.perSecond / plain!.perSecond).toFixed(2)} x`;
  const verdict = ours!.isRight && plain!.isRight ? "right" : "WRONG";
  const cells = [show(ours!.perSecond), show(plain!.perSecond), ratio];
  return what.padEnd(32) + cells.map((cell) => cell.padStart(16)).join("") + `   ${verdict}`;
}

async function main(path: string): Promise<boolean> {
  const { size } = await Deno.stat(path);
  const file = { size, sha256: await digest((await Deno.open(path)).readable) };
  console.log(`${path}, ${(size / 1e6).toFixed(1)} MB\nSHA-256 ${file.sha256}\n`);

  const trips = await byTurns(roundTrips, plainRoundTrips);
  await using server = await serveFile(path);
  const bodies = await downloads(`http://${hostname}:${server.serverPort}/`, file);

  const head = ["Quayside", "plain Deno", "ratio"].map((word) => word.padStart(16)).join("");
  console.log(`${"".padEnd(32)}${head}   bytes`);
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB/s`;
  console.log(row("download and SHA-256", bodies, megabytes));
  const rate = (trips: number) => `${trips.toFixed(0)}/s`;
  console.log(row(`${ROUND_TRIPS} round trips of ${MESSAGE_SIZE} bytes`, trips, rate));

  const isRight = [...bodies, ...trips].every((result) => result.isRight);
  console.log(isRight ? "\nEvery byte came back right." : "\nBYTES CAME BACK WRONG.");
  return isRight;
}

if (import.meta.main) {
  const isRight = await main(Deno.args[0] ?? Deno.execPath());
  Deno.exitCode = isRight ? 0 : 1;
}
