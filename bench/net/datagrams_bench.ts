/**
 * Datagrams of 64 bytes, one way: a plain `Deno.listenDatagram` sends a burst, and the next when the
 * receiver, in the same process, has all of it.
 */
import { type DatagramEngineName, UdpSocket } from "../../net/udp_socket.ts";
import { type Contest, type Peer, perSecond } from "../_support/contest.ts";

const SIZE = 64;
/** Datagrams a burst: the system's buffer holds them all, so that none is lost. */
const BURST = 64;
const hostname = "127.0.0.1";

/** Sends a burst. */
function sender(port: number): () => Promise<void> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
  const message = new Uint8Array(SIZE).fill(7);
  const to = { transport: "udp", hostname, port } as const;
  return async () => {
    for (let i = 0; i < BURST; i++) await socket.send(message, to);
  };
}

/** Receives into a buffer, or into a new array each, which one may keep: as ours are. */
function byDeno(buffer?: Uint8Array): Peer {
  return async (round) => {
    const socket = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
    const send = sender((socket.addr as Deno.NetAddr).port);
    return await perSecond(round, async () => {
      const sent = send();
      for (let i = 0; i < BURST; i++) await socket.receive(buffer);
      await sent;
      return BURST;
    });
  };
}

function byUdpSocket(engine: DatagramEngineName): Peer {
  return async (round) => {
    const socket = await UdpSocket.bind({ engine, address: hostname });
    const send = sender(socket.localPort);
    let left = 0;
    let finish = () => {};
    socket.readyRead.connect(() => {
      while (socket.hasPendingDatagrams()) {
        socket.receiveDatagram();
        left--;
      }
      if (left === 0) finish();
    });
    return await perSecond(round, async () => {
      left = BURST;
      const received = new Promise<void>((resolve) => finish = resolve);
      await send();
      await received;
      return BURST;
    });
  };
}

const contest: Contest = {
  title: "datagrams of 64 bytes, one way, two sockets of one process",
  unit: "datagrams/s",
  better: "more",
  peers: {
    "Deno.listenDatagram": byDeno(),
    "the same, one buffer": byDeno(new Uint8Array(65_536)),
    "UdpSocket (deno)": byUdpSocket("deno"),
    "UdpSocket (ffi)": byUdpSocket("ffi"),
  },
  gates: [
    { peer: "UdpSocket (deno)", to: "Deno.listenDatagram", limit: 0.95 },
    { peer: "UdpSocket (ffi)", to: "Deno.listenDatagram", limit: 1.2 },
  ],
  denoFlags: ["--unstable-net"],
};
export default contest;
