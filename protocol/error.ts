/**
 * The part of the error tree that codecs need; `core/error.ts` adds the sockets' part.
 *
 * ```text
 * NetworkingError ─ ProtocolError ─┬ LocalProtocolError
 *                                  └ RemoteProtocolError ─ LimitExceededError
 * ```
 *
 * @module
 */

/** What the world did wrong: the root of every error that is not a misuse of the library. */
export class NetworkingError extends Error {
  /** The class's name, for printing. */
  override readonly name: string = "NetworkingError";
  /** A stable word to branch on; subclasses narrow it to a union. */
  readonly code: string;

  /**
   * Makes the error; whoever throws says what could not be done.
   *
   * @param code A stable word to branch on.
   * @param message "Cannot ‹do› ‹what›: ‹what is so›".
   * @param options `cause`: the error underneath.
   */
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A protocol was broken; whether by us or by the peer is told by the subclass. */
export class ProtocolError extends NetworkingError {
  /** The class's name, for printing. */
  override readonly name: string = "ProtocolError";

  /**
   * Makes the error; whoever throws says what could not be done.
   *
   * @param message "Cannot ‹do› ‹what›: ‹what is so›".
   * @param options `cause`: the error underneath; `code`: a stable word, "protocol" by default.
   */
  constructor(message: string, options: ErrorOptions & { code?: string } = {}) {
    super(options.code ?? "protocol", message, options);
  }
}

/** We were asked to send what the protocol forbids: the fault is on this side. */
export class LocalProtocolError extends ProtocolError {
  /** The class's name, for printing. */
  override readonly name: string = "LocalProtocolError";
}

/** The peer sent what the protocol forbids. */
export class RemoteProtocolError extends ProtocolError {
  /** The class's name, for printing. */
  override readonly name: string = "RemoteProtocolError";
}

/** The peer sent more than a named limit allows. */
export class LimitExceededError extends RemoteProtocolError {
  /** The class's name, for printing. */
  override readonly name: string = "LimitExceededError";
  /** The option that sets the limit, for example "maxHeaderSize". */
  readonly limit: string;

  /**
   * Makes the error; whoever throws says what could not be done.
   *
   * @param limit The option that sets the limit.
   * @param message "Cannot ‹do› ‹what›: ‹what is so›".
   */
  constructor(limit: string, message: string, options: ErrorOptions = {}) {
    super(message, { ...options, code: "limitExceeded" });
    this.limit = limit;
  }
}
