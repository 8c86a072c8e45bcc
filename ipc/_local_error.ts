/**
 * QLocalSocket's own words for three of QAbstractSocket's errors.
 *
 * @module
 */
import { SocketError, type SocketErrorCode } from "../core/error.ts";

const words: Readonly<Partial<Record<SocketErrorCode, SocketErrorCode>>> = {
  hostNotFound: "serverNotFound",
  remoteHostClosed: "peerClosed",
  network: "connection",
};

/** The same error in a LocalSocket's words. */
export function inLocalWords(error: SocketError): SocketError {
  const code = words[error.code];
  if (code === undefined) return error;
  return new SocketError(code, error.message, { cause: error.cause });
}
