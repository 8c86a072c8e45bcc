/** Sockets for tests: a peer that is plain Deno, and a record of what a socket tells. */
import type { AbstractSocket } from "../../net/abstract_socket.ts";
import { TcpSocket, type TcpSocketOptions } from "../../net/tcp_socket.ts";

/** A socket of ours and its peer; both are closed by `using`. */
export interface Connected extends AsyncDisposable {
  readonly socket: TcpSocket;
  readonly peer: Deno.TcpConn;
}

/** Connects a socket to a plain listener. */
export async function connected(options: TcpSocketOptions = {}): Promise<Connected> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const [socket, peer] = await Promise.all([
    TcpSocket.connect({ hostname: "127.0.0.1", port: listener.addr.port, ...options }),
    listener.accept(),
  ]);
  return {
    socket,
    peer,
    async [Symbol.asyncDispose]() {
      try {
        peer.close();
      } catch {
        // The test has closed it.
      }
      socket.abort();
      await socket[Symbol.asyncDispose]();
    },
  };
}

/** A port of this machine that refuses. */
export function closedPort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** What a socket tells from now on: states and signals by their names, errors by their code. */
export function record(socket: AbstractSocket): string[] {
  const told: string[] = [];
  socket.stateChanged.connect((state) => told.push(`[${state}]`));
  socket.errorOccurred.connect((error) => told.push(`errorOccurred ${error.code}`));
  for (
    const name of [
      "hostFound",
      "connected",
      "disconnected",
      "readyRead",
      "bytesWritten",
      "aboutToClose",
      "readChannelFinished",
    ] as const
  ) socket[name].connect(() => told.push(name));
  return told;
}
