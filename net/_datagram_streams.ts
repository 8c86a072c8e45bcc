/**
 * Datagrams as web streams: a chunk is what one datagram carries.
 *
 * @module
 */
import { SocketError } from "../core/error.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** What arrives; the iterator is begun by the first pull. */
export function readableOf(datagrams: AsyncIterable<Bytes>): ReadableStream<Bytes> {
  const iterator = datagrams[Symbol.asyncIterator]();
  return new ReadableStream<Bytes>({
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: async () => void await iterator.return?.(),
  }, { highWaterMark: 0 });
}

/** What can be written to as a stream. */
interface Writer {
  write(data: Uint8Array | string): number;
  flush(): Promise<void>;
  readonly isWritable: boolean;
}

/** What is written leaves as one datagram a chunk, each when the one before has reached the system. */
export function writableOf(
  socket: Writer,
  close: () => void,
): WritableStream<Uint8Array | string> {
  return new WritableStream<Uint8Array | string>({
    async write(chunk) {
      if (!socket.isWritable) {
        throw new SocketError("operation", "Cannot write to the socket: it is not connected");
      }
      socket.write(chunk);
      await socket.flush();
    },
    close,
    abort: close,
  });
}
