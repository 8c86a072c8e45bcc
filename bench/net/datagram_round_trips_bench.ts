/**
 * Round trips of 64 bytes between two sockets of one process; one end is measured, the other is the
 * engine's plain socket for all.
 */
import { createSocket, type Socket } from "node:dgram";
import { type DatagramEngineName, UdpSocket } from "../../net/udp_socket.ts";
import { check, type Contest, type Peer, perSecond } from "../_support/contest.ts";

const SIZE = 64;
/** Round trips between two looks at the clock. */
const BATCH = 50;
const hostname = "127.0.0.1";

function denoSocket(): Deno.DatagramConn {
  return Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
}

/** Answers by `Deno.listenDatagram`; gives where. */
function denoEcho(): Deno.NetAddr {
  const socket = denoSocket();
  const buffer = new Uint8Array(65_536);
  (async () => {
    while (true) {
      const [bytes, from] = await socket.receive(buffer);
      await socket.send(bytes, from);
    }
  })();
  return socket.addr as Deno.NetAddr;
}

function nodeSocket(): Promise<Socket> {
  const socket = createSocket({
    type: "udp4",
    lookup: (host, _options, callback) => callback(null, host, 4),
  });
  return new Promise((resolve) => socket.bind(0, hostname, () => resolve(socket)));
}

/** Answers by node:dgram; gives where. */
async function nodeEcho(): Promise<Deno.NetAddr> {
  const socket = await nodeSocket();
  socket.on("message", (message, { address, port }) => socket.send(message, port, address));
  return { transport: "udp", hostname, port: socket.address().port };
}

/** Receives into a buffer, or into a new array each, which one may keep: as ours are. */
function byDeno(buffer?: Uint8Array): Peer {
  return async (round) => {
    const to = denoEcho();
    const socket = denoSocket();
    const message = new Uint8Array(SIZE).fill(7);
    return await perSecond(round, async () => {
      for (let i = 0; i < BATCH; i++) {
        await socket.send(message, to);
        const [bytes] = await socket.receive(buffer);
        check(bytes.length === SIZE, "an echo is not what was sent");
      }
      return BATCH;
    });
  };
}

const byNode: Peer = async (round) => {
  const { port } = await nodeEcho();
  const socket = await nodeSocket();
  const message = new Uint8Array(SIZE).fill(7);
  const next = () => socket.send(message, port, hostname);
  let left = 0;
  let finish = () => {};
  socket.on("message", (bytes) => {
    check(bytes.length === SIZE, "an echo is not what was sent");
    if (--left > 0) next();
    else finish();
  });
  return await perSecond(round, () =>
    new Promise<number>((resolve) => {
      left = BATCH;
      finish = () => resolve(BATCH);
      next();
    }));
};

function byUdpSocket(
  engine: DatagramEngineName,
  echo: () => Deno.NetAddr | Promise<Deno.NetAddr>,
): Peer {
  const peer: Peer = async (round) => {
    const { port } = await echo();
    const socket = await UdpSocket.bind({ engine, address: hostname });
    const { localAddress } = socket;
    const message = new Uint8Array(SIZE).fill(7);
    let left = 0;
    let finish = () => {};
    socket.readyRead.connect(() => {
      const datagram = socket.receiveDatagram();
      check(datagram?.data.length === SIZE, "an echo is not what was sent");
      if (--left > 0) socket.writeDatagram(message, localAddress, port);
      else finish();
    });
    return await perSecond(round, () =>
      new Promise<number>((resolve) => {
        left = BATCH;
        finish = () => resolve(BATCH);
        socket.writeDatagram(message, localAddress, port);
      }));
  };
  return peer;
}

const contest: Contest = {
  title: "round trips of 64 bytes, two sockets of one process",
  unit: "round trips/s",
  better: "more",
  peers: {
    "Deno.listenDatagram": byDeno(),
    "the same, one buffer": byDeno(new Uint8Array(65_536)),
    "UdpSocket (deno)": byUdpSocket("deno", denoEcho),
    "node:dgram": byNode,
    "UdpSocket (node)": byUdpSocket("node", nodeEcho),
    "UdpSocket (ffi)": byUdpSocket("ffi", denoEcho),
  },
  gates: [
    { peer: "UdpSocket (deno)", to: "Deno.listenDatagram", limit: 0.95 },
    { peer: "UdpSocket (node)", to: "node:dgram", limit: 0.95 },
  ],
  denoFlags: ["--unstable-net"],
};
export default contest;
