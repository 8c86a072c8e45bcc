/** Large bodies, one after the other on one connection. */
import { NetworkAccessManager } from "../../http/network_access_manager.ts";
import type { NetworkReply } from "../../http/network_reply.ts";
import { check, type Contest, type Figure, perSecond, type Round } from "../_support/contest.ts";
import { Pattern } from "../_support/pattern.ts";
import { refusesJunk } from "./_junk.ts";

const SIZE = 64 * 1024 * 1024;

/** Downloads again and again; every body has to be whole. */
async function repeat(
  { port, seconds }: Round,
  download: (url: string, pattern: Pattern) => Promise<void>,
): Promise<Figure> {
  const url = `http://127.0.0.1:${port}/${SIZE}`;
  return await perSecond({ port, seconds }, async () => {
    const pattern = new Pattern();
    await download(url, pattern);
    check(pattern.size === SIZE, `a body has ${pattern.size} bytes of ${SIZE}`);
    return SIZE / 1e6;
  });
}

async function byFetch(url: string, pattern: Pattern): Promise<void> {
  const { body } = await fetch(url);
  for await (const chunk of body!) pattern.see(chunk);
}

async function bySignals(reply: NetworkReply, pattern: Pattern): Promise<void> {
  reply.readyRead.connect(() => pattern.see(reply.read()));
  await reply.done;
}

async function byIteration(reply: NetworkReply, pattern: Pattern): Promise<void> {
  for await (const chunk of reply) pattern.see(chunk);
}

const manager = new NetworkAccessManager();

const contest: Contest = {
  title: "bodies of 64 MiB, read as they come",
  unit: "MB/s",
  better: "more",
  server: "http",
  peers: {
    "fetch": (round) => repeat(round, byFetch),
    "readyRead": async (round) => {
      await refusesJunk();
      return await repeat(round, (url, to) => bySignals(manager.get(url), to));
    },
    "for await": (round) => repeat(round, (url, to) => byIteration(manager.get(url), to)),
  },
  gates: [{ peer: "readyRead", to: "fetch", limit: 1.3, aim: 1.7 }],
};
export default contest;
