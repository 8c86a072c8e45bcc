/**
 * From what a layer threw, or a status code said, to a {@linkcode NetworkReplyError}.
 *
 * @module
 */
import { socketErrorFrom } from "../core/_error_border.ts";
import type { SocketErrorCode } from "../core/error.ts";
import { ProtocolError } from "../protocol/error.ts";
import { type NetworkErrorCode, NetworkReplyError } from "./network_reply_error.ts";

/** Turns whatever an exchange threw into the reply's error. */
export function replyErrorFrom(error: unknown, doing: string): NetworkReplyError {
  if (error instanceof NetworkReplyError) return error;
  if (error instanceof ProtocolError) {
    // The peer that closes too early breaks the protocol too, but Qt has a word of its own for it.
    const closed = error.code === "closed" || error.code === "closedBeforeResponse";
    const code = closed ? "remoteHostClosed" : "protocolFailure";
    return new NetworkReplyError(code, `Cannot ${doing}: ${inner(error)}`, { cause: error });
  }
  const cause = socketErrorFrom(error, doing);
  return new NetworkReplyError(SOCKET_ERRORS[cause.code] ?? "unknownNetwork", cause.message, {
    cause,
  });
}

/** The error that a status code means; `null` for success, and for what the user has to handle. */
export function statusError(status: number, doing: string): NetworkReplyError | null {
  if (status < 400) return null;
  const general = status < 500 ? "unknownContent" : status < 600 ? "unknownServer" : undefined;
  const code = STATUS_ERRORS[status] ?? general ?? "protocolFailure";
  return new NetworkReplyError(code, `Cannot ${doing}: the server answered with ${status}`);
}

/** A URL for messages: they end up in logs, where passwords do not belong. */
export function withoutCredentials(url: URL): string {
  if (url.username === "" && url.password === "") return url.href;
  const shown = new URL(url);
  shown.username = shown.password = "";
  return shown.href;
}

/** The part of a message that says what was so, to stand behind a "Cannot …:" of our own. */
function inner({ message }: Error): string {
  return message.replace(/^Cannot /, "cannot ");
}

const SOCKET_ERRORS: Readonly<Partial<Record<SocketErrorCode, NetworkErrorCode>>> = {
  connectionRefused: "connectionRefused",
  remoteHostClosed: "remoteHostClosed",
  hostNotFound: "hostNotFound",
  socketTimeout: "timeout",
  temporary: "temporaryNetworkFailure",
};

/** As Qt maps them. */
const STATUS_ERRORS: Readonly<Record<number, NetworkErrorCode>> = {
  400: "protocolInvalidOperation",
  401: "authenticationRequired",
  403: "contentAccessDenied",
  404: "contentNotFound",
  405: "contentOperationNotPermitted",
  407: "proxyAuthenticationRequired",
  409: "contentConflict",
  410: "contentGone",
  418: "protocolInvalidOperation",
  500: "internalServer",
  501: "operationNotImplemented",
  503: "serviceUnavailable",
};
