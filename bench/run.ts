/**
 * Runs the benchmarks and prints their tables.
 *
 * ```text
 * deno task bench                        all of them
 * deno task bench net/round_trips        one, or several
 * deno task bench protocol               the codecs alone, by deno bench
 *   --runs=15 --seconds=0.5              how often, how long
 *   --cpu=0                              where
 *   --write                              puts what was measured into README.md, table by table
 * ```
 *
 * Peers take turns (A B A B …), each measurement in a process of its own, all processes on one CPU.
 * A ratio is the median of the ratios of neighbours: what slows the machine down for a while slows
 * both.
 */
import { parseArgs } from "node:util";
import type { Contest, Figure, Gate } from "./_support/contest.ts";
import { has, output, type Placing, serve, serverCommand } from "./_support/processes.ts";
import { markdownTable, showNumber, showRatio, showSpread, spread } from "./_support/table.ts";

const contests = [
  "core/signal",
  "core/import",
  "core/ffi",
  "core/poller",
  "net/round_trips",
  "net/sending",
  "net/receiving",
  "net/idle_sockets",
  "net/datagram_round_trips",
  "net/datagrams",
  "http/sequential",
  "http/download",
  "http/memory",
  "ipc/local_round_trips",
  "ipc/local_receiving",
  "ipc/process_pipe",
  "ipc/process_spawn",
];

interface Settings extends Placing {
  readonly runs: number;
  readonly seconds: string;
  readonly server: readonly string[];
}

const here = (path: string) => new URL(path, import.meta.url).href;

/** All measurements of a contest: by peer, one figure a run. */
type Figures = Record<string, Figure[]>;

async function measure(name: string, contest: Contest, settings: Settings): Promise<Figures> {
  const figures: Figures = {};
  await using server = contest.server
    ? await serve([...settings.server, contest.server], settings)
    : null;
  const deno = [Deno.execPath(), "run", "-A", "--no-lock", "--quiet"];
  if (contest.v8Flags) deno.push(`--v8-flags=${contest.v8Flags.join(",")}`);
  if (contest.denoFlags) deno.push(...contest.denoFlags);
  const client = [...deno, here("_support/client.ts"), here(`${name}_bench.ts`)];
  for (let run = 0; run < settings.runs; run++) {
    for (const peer of Object.keys(contest.peers)) {
      const args = [peer, `${server?.port ?? 0}`, settings.seconds];
      const figure = JSON.parse(await output([...client, ...args], settings)) as Figure;
      (figures[peer] ??= []).push(figure);
    }
  }
  return figures;
}

/** The ratios of two peers, run by run. */
function ratios(of: readonly Figure[], to: readonly Figure[]): number[] {
  return of.map(({ value }, run) => value / to[run]!.value);
}

/** What a gate looks at: in words, as numbers, and how to show them. */
function measured({ peer, to, minus }: Gate, figures: Figures) {
  const runs = figures[peer]!;
  if (to !== undefined) {
    return {
      what: `${peer} / ${to}`,
      values: ratios(runs, figures[to]!),
      show: (ratio: number) => ratio.toFixed(3),
    };
  }
  const less = (run: number) => minus === undefined ? 0 : figures[minus]![run]!.value;
  const what = minus === undefined ? peer : `${peer} - ${minus}`;
  return { what, values: runs.map(({ value }, run) => value - less(run)), show: showNumber };
}

function judge(gate: Gate, contest: Contest, figures: Figures): string {
  const { what, values, show } = measured(gate, figures);
  const { median } = spread(values);
  const [holds, sign] = contest.better === "more"
    ? [median >= gate.limit, "≥"]
    : [median <= gate.limit, "≤"];
  const wish = gate.aim === undefined ? "" : `, aim ${gate.aim}`;
  return `${holds ? "holds" : "MISSED"} ${what}: ${show(median)} ${sign} ${gate.limit}${wish}`;
}

/** A contest's table and verdicts. */
function report(contest: Contest, figures: Figures): { text: string; verdicts: string[] } {
  const [first] = Object.keys(contest.peers);
  const rows = Object.entries(figures).map(([peer, runs]) => [
    peer,
    showSpread(spread(runs.map(({ value }) => value))),
    showSpread(spread(ratios(runs, figures[first!]!)), showRatio),
    ...runs[0]!.cpu === undefined ? [] : [showNumber(spread(runs.map(({ cpu }) => cpu!)).median)],
  ]);
  const head = ["peer", contest.unit, `ratio to ${first}`, "CPU of the peer, µs each"];
  const table = markdownTable(head.slice(0, rows[0]!.length), rows);
  const verdicts = contest.gates.map((gate) => judge(gate, contest, figures));
  return { text: `${table}\n\n${verdicts.map((line) => `- ${line}`).join("\n")}\n`, verdicts };
}

/** The codecs need no second process: they are measured by Deno's own bench. */
async function codecs(): Promise<void> {
  const args = ["bench", "-A", "--no-lock", new URL("protocol/", import.meta.url).pathname];
  await new Deno.Command(Deno.execPath(), { args }).spawn().status;
}

/** Puts a table into README.md, in place of the one under the same heading. */
async function writeDown(heading: string, text: string): Promise<void> {
  const page = new URL("README.md", import.meta.url);
  const [before, after] = (await Deno.readTextFile(page)).split(`### ${heading}\n`);
  const rest = after?.match(/\n###? [^]*$/)?.[0] ?? "\n";
  await Deno.writeTextFile(page, `${before}### ${heading}\n\n${text}${rest}`);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: "string", default: "15" },
    seconds: { type: "string", default: "0.5" },
    cpu: { type: "string", default: "0" },
    write: { type: "boolean", default: false },
  },
});

const folder = await Deno.makeTempDir({ prefix: "quayside-bench-" });
let allHold = true;
try {
  const settings: Settings = {
    runs: Number(values.runs),
    seconds: values.seconds,
    cpu: await has("taskset") ? Number(values.cpu) : null,
    server: await serverCommand(folder),
  };
  const where = settings.cpu === null
    ? "not pinned: no taskset here"
    : `all on CPU ${settings.cpu}`;
  const server = settings.server.length === 1 ? "C" : "TypeScript: no C compiler here";
  console.log(`Deno ${Deno.version.deno}, ${Deno.build.target}; ${where}; server in ${server};`);
  console.log(`medians [min–max] of ${settings.runs} runs by turns`);
  for (const name of positionals.length > 0 ? positionals : [...contests, "protocol"]) {
    if (name === "protocol") {
      await codecs();
      continue;
    }
    const { default: contest } = await import(here(`${name}_bench.ts`)) as { default: Contest };
    console.log(`\n### ${name}: ${contest.title}\n`);
    const { text, verdicts } = report(contest, await measure(name, contest, settings));
    console.log(text);
    allHold &&= verdicts.every((verdict) => verdict.startsWith("holds"));
    if (values.write) await writeDown(`${name}: ${contest.title}`, text);
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
if (!allHold) Deno.exit(1);
