/** How much a download of 1 GiB adds to the resident memory when it is read slowly. */
import { NetworkAccessManager } from "../../http/network_access_manager.ts";
import type { NetworkReply } from "../../http/network_reply.ts";
import { check, type Contest, type Figure, type Round } from "../_support/contest.ts";
import { Pattern } from "../_support/pattern.ts";

const SIZE = 1024 ** 3;
const MIB = 1024 ** 2;
/** The reader rests after so many bytes. */
const REST_EVERY = 4 * MIB;

/** Reads a body with rests and gives the largest growth of memory meanwhile, in MiB. */
async function growth(
  { port }: Round,
  open: (url: string) => Promise<AsyncIterable<Uint8Array>>,
): Promise<Figure> {
  const url = `http://127.0.0.1:${port}/`;
  for await (const _ of await open(`${url}${MIB}`)) { /* the first request loads code */ }
  const start = Deno.memoryUsage().rss;
  const pattern = new Pattern();
  let most = start;
  let rest = REST_EVERY;
  for await (const chunk of await open(`${url}${SIZE}`)) {
    pattern.see(chunk);
    if (pattern.size < rest) continue;
    rest += REST_EVERY;
    await new Promise((resolve) => setTimeout(resolve, 2));
    most = Math.max(most, Deno.memoryUsage().rss);
  }
  check(pattern.size === SIZE, `the body has ${pattern.size} bytes of ${SIZE}`);
  return { value: (most - start) / MIB };
}

/** The body of a reply in one buffer that is used again and again. */
async function* reused(reply: NetworkReply): AsyncGenerator<Uint8Array> {
  reply.readBufferSize = MIB;
  const buffer = new Uint8Array(256 * 1024);
  while (await reply.waitForReadyRead(-1) || reply.bytesAvailable > 0) {
    for (let size; (size = reply.readInto(buffer)) > 0;) yield buffer.subarray(0, size);
  }
}

const contest: Contest = {
  title: "1 GiB, read slowly: growth of resident memory",
  unit: "MiB",
  better: "less",
  server: "http",
  peers: {
    "fetch": (round) => growth(round, async (url) => (await fetch(url)).body!),
    "for await": (round) => {
      const manager = new NetworkAccessManager();
      return growth(round, (url) => Promise.resolve(manager.get(url)));
    },
    "readInto": (round) => {
      const manager = new NetworkAccessManager();
      return growth(round, (url) => Promise.resolve(reused(manager.get(url))));
    },
  },
  gates: [{ peer: "for await", limit: 32 }],
};
export default contest;
