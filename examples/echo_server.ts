/**
 * Sends back what it gets, to any number of clients at once, until the process is ended.
 *
 * ```sh
 * deno run --allow-net=127.0.0.1 examples/echo_server.ts
 * deno run --allow-net=127.0.0.1:7007 examples/echo_server.ts 7007
 * ```
 *
 * @module
 */
import { TcpServer } from "@quayside/quayside/net";

/** Unsent bytes beyond which a client has to read first. */
const MOST_UNSENT = 64 * 1024;

const server = new TcpServer();

server.newConnection.connect(() => {
  const socket = server.nextPendingConnection()!;
  const peer = `${socket.peerAddress}:${socket.peerPort}`;
  console.log(`${peer} has come`);
  // A client that does not read is not read from either: no bytes pile up here.
  const echo = () => {
    if (socket.bytesToWrite < MOST_UNSENT) socket.write(socket.read(), { transfer: true });
  };
  socket.readyRead.connect(echo);
  socket.bytesWritten.connect(echo);
  socket.disconnected.connect(() => console.log(`${peer} has gone`));
});

if (server.listen({ address: "127.0.0.1", port: Number(Deno.args[0] ?? 0) })) {
  console.log(`Echoing on ${server.serverAddress}:${server.serverPort}`);
} else {
  console.error(server.errorString);
  Deno.exitCode = 1;
}
