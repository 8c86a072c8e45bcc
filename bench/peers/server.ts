/**
 * The server of server.c in TypeScript, for machines without a C compiler: slower, and the same for
 * both sides. `server.ts echo|sink|source|http` prints its port; it ends with its standard input.
 */

const PERIOD = 251;
const BLOCK = 1 << 20;
const pattern = Uint8Array.from({ length: BLOCK + PERIOD }, (_, i) => i % PERIOD);

async function send(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
}

/** Sends the pattern from `start` to `size`. */
async function sendPattern(connection: Deno.Conn, start: number, size: number): Promise<void> {
  for (let sent = start; sent < size;) {
    const from = sent % PERIOD;
    const length = Math.min(BLOCK, size - sent);
    await send(connection, pattern.subarray(from, from + length));
    sent += length;
  }
}

function number(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value);
  return bytes;
}

/** What each mode does with a connection, until that ends. */
const modes: Record<string, (connection: Deno.Conn) => Promise<void>> = {
  async echo(connection) {
    const buffer = new Uint8Array(BLOCK);
    for (let size; (size = await connection.read(buffer)) !== null;) {
      await send(connection, buffer.subarray(0, size));
    }
  },
  async sink(connection) {
    const buffer = new Uint8Array(BLOCK);
    let received = 0;
    for (let size; (size = await connection.read(buffer)) !== null;) received += size;
    await send(connection, number(BigInt(received)));
  },
  async source(connection) {
    const order = new Uint8Array(8);
    await connection.read(order);
    await sendPattern(connection, 0, Number(new DataView(order.buffer).getBigUint64(0)));
  },
  async http(connection) {
    const buffer = new Uint8Array(1024);
    let text = "";
    for (let read; (read = await connection.read(buffer)) !== null;) {
      text += new TextDecoder().decode(buffer.subarray(0, read));
      if (!text.endsWith("\r\n\r\n")) continue;
      const size = Number(text.match(/^GET \/(\d+) /)![1]);
      text = "";
      const head = "HTTP/1.1 200 OK\r\nDate: Mon, 27 Jul 2009 12:28:53 GMT\r\n" +
        `Content-Type: application/octet-stream\r\nContent-Length: ${size}\r\n\r\n`;
      const first = pattern.subarray(0, Math.min(size, BLOCK));
      // Head and the first of the body together, as server.c does.
      await send(connection, new Uint8Array(await new Blob([head, first]).arrayBuffer()));
      await sendPattern(connection, first.length, size);
    }
  },
};

const serve = modes[Deno.args[0] ?? ""];
if (serve === undefined) Deno.exit(2);
const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
console.log(listener.addr.port);
Deno.stdin.readable.pipeTo(new WritableStream()).finally(() => Deno.exit(0));
for await (const connection of listener) {
  connection.setNoDelay(true);
  serve(connection).catch(() => {}).finally(() => connection.close());
}
