/**
 * The error tree's part for sockets, and the one border where `Deno.errors` become
 * {@linkcode SocketError}.
 *
 * @module
 */
import { NetworkingError } from "../protocol/error.ts";
import { PermissionError } from "./permission.ts";

export {
  LimitExceededError,
  LocalProtocolError,
  NetworkingError,
  ProtocolError,
  RemoteProtocolError,
} from "../protocol/error.ts";

/** A right call at the wrong time: reading a device that something else reads, say. */
export class InvalidStateError extends Error {
  override readonly name: string = "InvalidStateError";
}

/** What can go wrong with a socket, in Qt's words (QAbstractSocket::SocketError). */
export type SocketErrorCode =
  | "connectionRefused"
  | "remoteHostClosed"
  | "hostNotFound"
  | "socketAccess"
  | "socketResource"
  | "socketTimeout"
  | "datagramTooLarge"
  | "network"
  | "addressInUse"
  | "socketAddressNotAvailable"
  | "unsupportedSocketOperation"
  | "proxyAuthenticationRequired"
  | "sslHandshakeFailed"
  | "proxyConnectionRefused"
  | "proxyConnectionClosed"
  | "proxyConnectionTimeout"
  | "proxyNotFound"
  | "proxyProtocol"
  | "operation"
  | "sslInternal"
  | "sslInvalidUserData"
  | "temporary";

/** A socket failed; `code` says how, in the words of QAbstractSocket::SocketError. */
export class SocketError extends NetworkingError {
  override readonly name: string = "SocketError";
  declare readonly code: SocketErrorCode;

  /**
   * @param code How it failed.
   * @param message "Cannot ‹do› ‹what›: ‹what is so›".
   * @param options `cause`: the error underneath.
   */
  constructor(code: SocketErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
  }
}
