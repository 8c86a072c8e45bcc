/** What importing costs: a whole `deno run` of a script that imports, beside one that is empty. */
import { check, type Contest, type Figure, type Peer } from "../_support/contest.ts";

/** Milliseconds from the start of a process to its end; cached before. */
function importing(file: string | null): Peer {
  return async (): Promise<Figure> => {
    const folder = await Deno.makeTempDir({ prefix: "quayside-bench-" });
    try {
      const url = file === null ? null : new URL(`../../${file}`, import.meta.url);
      const script = `${folder}/script.ts`;
      await Deno.writeTextFile(script, url === null ? "" : `import "${url}";\n`);
      for (let warming = 0; warming < 2; warming++) await run(script);
      const start = performance.now();
      await run(script);
      return { value: performance.now() - start };
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  };
}

async function run(script: string): Promise<void> {
  const config = new URL("../../deno.json", import.meta.url).pathname;
  const args = ["run", "--quiet", "--no-lock", "--no-check", `--config=${config}`, script];
  const { success } = await new Deno.Command(Deno.execPath(), { args }).output();
  check(success, `${script} failed`);
}

const contest: Contest = {
  title: "importing the library",
  unit: "ms",
  better: "less",
  peers: {
    "nothing": importing(null),
    "net/tcp-socket": importing("net/tcp_socket.ts"),
    "http": importing("http/mod.ts"),
    "everything": importing("mod.ts"),
  },
  gates: [
    { peer: "net/tcp-socket", minus: "nothing", limit: 5 },
    { peer: "everything", minus: "nothing", limit: 25 },
  ],
};
export default contest;
