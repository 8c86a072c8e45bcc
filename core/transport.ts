/**
 * A transport is a pipe of bytes with the methods that `Deno.Conn` already has, so a TCP, Unix or
 * TLS connection is one without an adapter.
 *
 * @module
 */

/** A pipe of bytes, both ways. `Deno.TcpConn`, `Deno.UnixConn` and `Deno.TlsConn` are transports. */
export interface Transport {
  /** Reads what is there into `into`, at least one byte; `null` at the end. One read at a time. */
  read(into: Uint8Array<ArrayBuffer>): Promise<number | null>;
  /**
   * Hands out at most `limit` bytes that need no room of the reader's, at once or later; `null` at
   * the end, `undefined` when {@linkcode read} has to be asked. The transport does not use them any
   * more: a part of a buffer is handed out only if nothing else in it will be.
   */
  receive?(
    limit: number,
  ): Promise<Uint8Array<ArrayBuffer> | null> | Uint8Array<ArrayBuffer> | null | undefined;
  /** Writes at least one byte of `bytes` and says how many. One write at a time. */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<number>;
  /** Ends this side's writing, where the pipe can say that to the peer. */
  closeWrite?(): Promise<void>;
  /** Closes both ways, at once. */
  close(): void;
  /** Closes both ways and tells the peer that something went wrong, where the pipe can. */
  abort?(): void;
  /** Keeps the process alive while a read is pending: the default. */
  ref?(): void;
  /** Lets the process end although a read is pending. */
  unref?(): void;
}
