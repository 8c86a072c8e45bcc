/**
 * Finds programs on the local network: who looks asks everybody by broadcast, who offers something
 * answers.
 *
 * ```text
 * deno run --allow-net examples/udp_discovery.ts offer printer
 * deno run --allow-net examples/udp_discovery.ts find
 * ```
 *
 * Both take a port; `find` also the address to ask at and for how long: `find 45454
 * 127.255.255.255 100` asks this machine alone.
 *
 * Needs `--allow-net`: for the wildcard addresses, the broadcast address and whoever answers.
 */
import { HostAddress, UdpSocket } from "@quayside/quayside/net";

const PORT = 45_454;
/** What is asked, and how an answer begins: others may use the port too. */
const QUESTION = "quayside-discovery?";
const ANSWER = "quayside-discovery: ";

/** Something that was found. */
export interface Found {
  readonly name: string;
  readonly address: HostAddress;
}

/** Answers those who look, until the socket is closed. */
export async function offer(name: string, port: number = PORT): Promise<UdpSocket> {
  const socket = await UdpSocket.bind({ address: HostAddress.anyIPv4, port, reuseAddress: true });
  socket.readyRead.connect(() => {
    while (socket.hasPendingDatagrams()) {
      const question = socket.receiveDatagram()!;
      if (new TextDecoder().decode(question.data) !== QUESTION) continue;
      socket.writeDatagram(question.makeReply(ANSWER + name));
    }
  });
  return socket;
}

/** Asks everybody and gives who answers, as the answers come. */
export async function* find(
  { address = HostAddress.broadcast, milliseconds = 1_000, port = PORT }: {
    address?: HostAddress;
    milliseconds?: number;
    port?: number;
  } = {},
): AsyncGenerator<Found> {
  await using socket = await UdpSocket.bind({ address: HostAddress.anyIPv4 });
  socket.writeDatagram(QUESTION, address, port);
  const timer = setTimeout(() => socket.close(), milliseconds);
  try {
    for await (const { data, senderAddress } of socket.datagrams()) {
      const text = new TextDecoder().decode(data);
      if (!text.startsWith(ANSWER)) continue;
      yield { name: text.slice(ANSWER.length), address: senderAddress };
    }
  } finally {
    clearTimeout(timer);
  }
}

if (import.meta.main) {
  const [what, ...rest] = Deno.args;
  if (what === "offer") {
    const [name = "something", port = `${PORT}`] = rest;
    const socket = await offer(name, Number(port));
    console.log(`offering ${name} on port ${socket.localPort}`);
  } else if (what === "find") {
    const [port = `${PORT}`, address = `${HostAddress.broadcast}`, milliseconds = "1000"] = rest;
    const options = {
      port: Number(port),
      address: new HostAddress(address),
      milliseconds: Number(milliseconds),
    };
    for await (const { name, address } of find(options)) console.log(`${name} at ${address}`);
  } else {
    console.error(
      "usage: udp_discovery.ts offer NAME [PORT] | find [PORT [ADDRESS [MILLISECONDS]]]",
    );
    Deno.exit(2);
  }
}
