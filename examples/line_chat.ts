/**
 * A chat over plain lines: what one client says, all others hear. Talk to it with `nc` or telnet.
 *
 * ```sh
 * deno run --allow-net=127.0.0.1 examples/line_chat.ts
 * ```
 *
 * @module
 */
import { TcpServer, type TcpSocket } from "@quayside/quayside/net";

/** Bytes of a line, and bytes kept for a guest who does not listen: nobody fills our memory. */
const LONGEST_LINE = 1024;
const MOST_UNHEARD = 64 * 1024;

await using server = await TcpServer.listen({
  address: "127.0.0.1",
  port: Number(Deno.args[0] ?? 0),
});
console.log(`Chatting on ${server.serverAddress}:${server.serverPort}`);

const guests = new Map<TcpSocket, string>();

/** Says a line to everyone but its speaker. */
function tell(line: string, speaker: TcpSocket): void {
  for (const guest of guests.keys()) {
    if (guest === speaker) continue;
    if (guest.bytesToWrite > MOST_UNHEARD) guest.abort();
    else guest.write(`${line}\n`);
  }
}

/** Passes on what a guest says, line by line, as long as it stays. */
async function attend(guest: TcpSocket): Promise<void> {
  const name = `guest ${guest.peerPort}`;
  guests.set(guest, name);
  guest.write(`You are ${name}, one of ${guests.size}\n`);
  tell(`${name} is here`, guest);
  try {
    while (true) {
      const line = await guest.readUntil("\n", { maxSize: LONGEST_LINE });
      tell(`${name}: ${new TextDecoder().decode(line).trimEnd()}`, guest);
    }
  } catch {
    // The guest has left, or said too much at once.
  }
  guests.delete(guest);
  guest.close();
  tell(`${name} has left`, guest);
}

for await (const guest of server) attend(guest);
