/**
 * Why a look-up of records failed.
 *
 * @module
 */
import { NetworkingError } from "../core/error.ts";

/** What can go wrong with a look-up of records, in Qt's words (QDnsLookup::Error). */
export type DnsLookupErrorCode =
  /** It could not be asked: no name server is known or may be asked. */
  | "resolver"
  /** It was aborted. */
  | "operationCancelled"
  /** The name cannot be one, or the server could not read the query. */
  | "invalidRequest"
  /** The server's reply was malformed, or to another question. */
  | "invalidReply"
  /** The server failed, or cannot do what was asked. */
  | "serverFailure"
  /** The server refused to answer. */
  | "serverRefused"
  /** There is no such name. */
  | "notFound"
  /** No server replied in time. */
  | "timeout";

/** A look-up of records failed; `code` says how, in the words of QDnsLookup::Error. */
export class DnsLookupError extends NetworkingError {
  /** The class's name, for printing. */
  override readonly name: string = "DnsLookupError";
  /** How it failed. */
  declare readonly code: DnsLookupErrorCode;

  /**
   * Makes the error; whoever throws says what could not be done.
   *
   * @param code How it failed.
   * @param message "Cannot ‹do› ‹what›: ‹what is so›".
   * @param options `cause`: the error underneath.
   */
  constructor(code: DnsLookupErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
  }
}
