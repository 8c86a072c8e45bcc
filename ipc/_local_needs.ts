/**
 * What a local socket can have beyond bytes, and how a connection shows it.
 *
 * @module
 */
import type { Transport } from "../core/transport.ts";

/** Who is at the other end, as the system knows it from the time of the connection. */
export interface PeerCredentials {
  /** The process that connected or listened; 0 when it is outside our process namespace. */
  readonly pid: number;
  /** Its user. */
  readonly uid: number;
  /** Its group. */
  readonly gid: number;
}

/** What has to be asked for before a socket is opened, since Deno's own sockets have neither. */
export interface LocalNeeds {
  /** Makes {@linkcode LocalSocket.peerCredentials} known; false by default. Needs FFI. */
  credentials?: boolean;
  /** Lets file descriptors be sent and received; false by default. Needs FFI. */
  fileDescriptors?: boolean;
}

/** The descriptors on their way over a connection, both ways; all are closed with it. */
export interface LocalDescriptors {
  /**
   * Sends descriptors with bytes that will be written next.
   *
   * @param fds They are duplicated.
   * @param options `queued`: bytes that were written before and have not left; `size`: how many
   * the descriptors go with.
   */
  send(fds: readonly number[], options: { queued: number; size: number }): void;
  /** Takes what has arrived. */
  take(): number[];
}

/** A connection of a local socket: `Deno.UnixConn` is one. */
export interface LocalTransport extends Transport {
  /** Where the other end is bound; absent or `null` for most clients. */
  readonly remoteAddr?: { readonly path: string | null };
  /** Where this end is bound. */
  readonly localAddr?: { readonly path: string | null };
  /** Who is at the other end, if that was asked for. */
  readonly credentials?: PeerCredentials;
  /** The descriptors on their way, if they were asked for. */
  readonly descriptors?: LocalDescriptors;
  /** Waits until nothing of it is left, once it is closed. */
  gone?(): Promise<void>;
}
