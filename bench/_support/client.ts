/** One measurement in a process of its own: `client.ts MODULE PEER PORT SECONDS` prints a figure. */
import type { Contest } from "./contest.ts";

const [module, peer, port, seconds] = Deno.args;
const { default: contest } = await import(module!) as { default: Contest };
const figure = await contest.peers[peer!]!({ port: Number(port), seconds: Number(seconds) });
console.log(JSON.stringify(figure));
// A measurement ends when it is measured, whatever is still open.
Deno.exit(0);
