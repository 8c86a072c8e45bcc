/**
 * The error tree's part for sockets. What Deno and node throw becomes a {@linkcode SocketError} at
 * one border, `core/_error_border.ts`.
 *
 * @module
 */
import { NetworkingError } from "../protocol/error.ts";

export {
  LimitExceededError,
  LocalProtocolError,
  NetworkingError,
  ProtocolError,
  RemoteProtocolError,
} from "../protocol/error.ts";

/** A right call at the wrong time: reading a device that something else reads, say. */
export class InvalidStateError extends Error {
  /** The class's name, for printing. */
  override readonly name: string = "InvalidStateError";
}

/**
 * What can go wrong with a socket, in Qt's words (QAbstractSocket::SocketError). A LocalSocket has
 * its own words for three of them (QLocalSocket::LocalSocketError): "serverNotFound" for
 * "hostNotFound", "peerClosed" for "remoteHostClosed", "connection" for "network".
 */
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
  | "temporary"
  | "serverNotFound"
  | "peerClosed"
  | "connection";

/** A socket failed; `code` says how, in the words of QAbstractSocket::SocketError. */
export class SocketError extends NetworkingError {
  /** The class's name, for printing. */
  override readonly name: string = "SocketError";
  /** How it failed. */
  declare readonly code: SocketErrorCode;

  /**
   * Makes the error; whoever throws says what could not be done.
   *
   * @param code How it failed.
   * @param message "Cannot ‹do› ‹what›: ‹what is so›".
   * @param options `cause`: the error underneath.
   */
  constructor(code: SocketErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
  }
}
