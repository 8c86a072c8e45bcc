/**
 * The smallest HTTP server that a download needs: every GET gets the one file. No framework, only
 * a `TcpServer` and what stands in RFC 9112.
 *
 * @module
 */
import type { TcpSocket } from "@quayside/quayside/net";
import { TcpServer } from "@quayside/quayside/net";

/** Bytes read from the file at a time. */
const PIECE = 256 * 1024;
/** Unsent bytes beyond which the file waits. */
const HIGH_WATER = 4 * PIECE;

/**
 * Serves one file on a port of 127.0.0.1 that the system chooses.
 *
 * @param path The file; its size is asked for at every request.
 */
export async function serveFile(path: string): Promise<TcpServer> {
  const server = await TcpServer.listen({ address: "127.0.0.1" });
  server.newConnection.connect(() => serve(server.nextPendingConnection()!, path));
  return server;
}

/** Answers requests until the client goes. */
async function serve(socket: TcpSocket, path: string): Promise<void> {
  // Clients keep connections; those must not keep this process.
  socket.unref();
  try {
    while (true) {
      const head = new TextDecoder().decode(await socket.readUntil("\r\n\r\n", { maxSize: 8192 }));
      if (!head.startsWith("GET ")) break;
      await answer(socket, path);
    }
  } catch {
    // The client has gone, or the file: nothing that this connection could still be told.
  }
  socket.close();
}

/** Sends head and file, no faster than the client reads. */
async function answer(socket: TcpSocket, path: string): Promise<void> {
  using file = await Deno.open(path);
  const { size } = await file.stat();
  socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
  for (let left = size; left > 0;) {
    const piece = new Uint8Array(Math.min(PIECE, left));
    const read = await file.read(piece);
    if (read === null) throw new Error(`Cannot serve ${path}: it has shrunk`);
    left -= read;
    socket.write(piece.subarray(0, read), { transfer: true });
    if (socket.bytesToWrite > HIGH_WATER) await socket.flush();
  }
  await socket.flush();
}
