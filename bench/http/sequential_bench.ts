/** GETs of 1 KiB on one kept connection, one after the other. */
import { NetworkAccessManager } from "../../http/network_access_manager.ts";
import { check, type Contest, type Figure, perSecond, type Round } from "../_support/contest.ts";
import { refusesJunk } from "./_junk.ts";

const SIZE = 1024;
/** Requests between two looks at the clock. */
const BATCH = 20;

/** Asks again and again; every body has to be whole. */
function repeat(round: Round, get: (url: string) => Promise<Uint8Array>): Promise<Figure> {
  const url = `http://127.0.0.1:${round.port}/${SIZE}`;
  return perSecond(round, async () => {
    for (let i = 0; i < BATCH; i++) {
      const body = await get(url);
      check(body.length === SIZE && body[SIZE - 1] === (SIZE - 1) % 251, "a body is not whole");
    }
    return BATCH;
  });
}

const contest: Contest = {
  title: "GETs of 1 KiB, one after the other",
  unit: "requests/s",
  better: "more",
  server: "http",
  peers: {
    "fetch": (round) => repeat(round, async (url) => await (await fetch(url)).bytes()),
    "manager.get": async (round) => {
      await refusesJunk();
      const manager = new NetworkAccessManager();
      return await repeat(round, (url) => manager.get(url).bytes());
    },
    "manager.fetch": (round) => {
      const manager = new NetworkAccessManager();
      return repeat(round, async (url) => await (await manager.fetch(url)).bytes());
    },
  },
  gates: [{ peer: "manager.get", to: "fetch", limit: 2, aim: 2.5 }],
};
export default contest;
