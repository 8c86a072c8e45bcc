/**
 * What can go wrong with a request.
 *
 * @module
 */
import { NetworkingError } from "../core/error.ts";

/** How a request failed, as QNetworkReply::NetworkError. */
export type NetworkErrorCode =
  | "connectionRefused"
  | "remoteHostClosed"
  | "hostNotFound"
  | "timeout"
  | "operationCanceled"
  | "temporaryNetworkFailure"
  | "tooManyRedirects"
  | "insecureRedirect"
  | "unknownNetwork"
  | "contentAccessDenied"
  | "contentOperationNotPermitted"
  | "contentNotFound"
  | "authenticationRequired"
  | "contentConflict"
  | "contentGone"
  | "unknownContent"
  | "proxyAuthenticationRequired"
  | "protocolUnknown"
  | "protocolInvalidOperation"
  | "protocolFailure"
  | "internalServer"
  | "operationNotImplemented"
  | "serviceUnavailable"
  | "unknownServer";

/**
 * A request failed; `code` says how, in the words of QNetworkReply::NetworkError, and `cause` is
 * the error underneath: a {@linkcode SocketError}, a {@linkcode RemoteProtocolError}, …
 */
export class NetworkReplyError extends NetworkingError {
  /** The name of the class. */
  override readonly name: string = "NetworkReplyError";
  /** How it failed. */
  declare readonly code: NetworkErrorCode;

  /**
   * An error with its code.
   *
   * @param code How it failed.
   * @param message "Cannot ‹do› ‹what›: ‹what is so›".
   * @param options `cause`: the error underneath.
   */
  constructor(code: NetworkErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
  }
}
