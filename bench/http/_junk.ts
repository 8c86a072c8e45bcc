/**
 * Speed is not bought by looking away: before HTTP is measured, the same manager has to refuse what
 * no server should send, and to take what every server may.
 *
 * @module
 */
import { NetworkAccessManager } from "../../http/network_access_manager.ts";
import { check } from "../_support/contest.ts";

const refused: Readonly<Record<string, string>> = {
  "no HTTP": "SSH-2.0-OpenSSH_9.2\r\n\r\n",
  "a wrong version": "HTTP/3.1 200 OK\r\nContent-Length: 0\r\n\r\n",
  "a negative length": "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
  "two lengths": "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
  "a length with a sign": "HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nab",
  "a space before a colon": "HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nab",
  "a NUL in a field": "HTTP/1.1 200 OK\r\nX: \0\r\nContent-Length: 2\r\n\r\nab",
  "a chunk of no size":
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nab\r\n0\r\n\r\n",
  "a chunk that is too long":
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
  "a body cut short": "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab",
  "an endless head": `HTTP/1.1 200 OK\r\nX: ${"x".repeat(2_000_000)}`,
};

const taken: readonly string[] = [
  "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab",
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n",
  "HTTP/1.0 200 OK\r\n\r\nab",
];

/** Gives one connection an answer, asks for it, and says what came. */
async function ask(answer: string): Promise<string | null> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const served = listener.accept().then(async (connection) => {
    await connection.read(new Uint8Array(1024));
    // A client that has seen enough hangs up: no fault of the server's.
    await new Response(answer).body!.pipeTo(connection.writable).catch(() => {});
  });
  await using manager = new NetworkAccessManager({ transferTimeout: 5_000 });
  const text = await manager.get(`http://127.0.0.1:${listener.addr.port}/`).text()
    .catch(() => null);
  await served;
  return text;
}

/** Fails the measurement unless bad answers are refused and good ones taken. */
export async function refusesJunk(): Promise<void> {
  for (const [what, answer] of Object.entries(refused)) {
    check(await ask(answer) === null, `${what} was taken for an answer`);
  }
  for (const answer of taken) {
    check(await ask(answer) === "ab", `${JSON.stringify(answer)} was not understood`);
  }
}
