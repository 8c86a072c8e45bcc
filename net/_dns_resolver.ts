/**
 * Asks name servers, one after the other, until one has an answer.
 *
 * The order is glibc's: every server in turn, then the silent ones once more. A server that fails,
 * refuses or talks nonsense is not asked again; "no such name" is an answer, whoever gives it.
 */
import { socketErrorFrom } from "../core/_error_border.ts";
import { hostAndPort, type PermissionScope } from "../core/permission.ts";
import {
  type DnsQuery,
  type DnsReply,
  dnsResponseCodes,
  encodeDnsQuery,
  MISMATCH,
  parseDnsReply,
} from "../protocol/dns.ts";
import { RemoteProtocolError } from "../protocol/error.ts";
import {
  datagramSource,
  type ExchangeOptions,
  overDatagram,
  overStream,
} from "./_dns_transport.ts";
import type { NameServer } from "./_name_servers.ts";
import { DnsLookupError, type DnsLookupErrorCode } from "./dns_lookup_error.ts";

/** What is asked. */
export type DnsQuestion = Omit<DnsQuery, "id">;

/** Whom to ask, and for how long. */
export interface AskOptions {
  /** In the order in which they are to be asked. */
  readonly servers: readonly NameServer[];
  /** Who may ask whom. */
  readonly scope: PermissionScope;
  /** How often a server that is silent is asked. */
  readonly attempts: number;
  /** Milliseconds for one attempt. */
  readonly attemptTimeout: number;
  /** Milliseconds for all of them. */
  readonly timeout: number;
  /** Ends it all. */
  readonly signal: AbortSignal;
}

/**
 * Asks until a server answers.
 *
 * @throws {DnsLookupError} What the last server that was not silent said, "timeout" if all were.
 * @throws The signal's reason, if it aborts.
 */
export async function askServers(question: DnsQuestion, options: AskOptions): Promise<DnsReply> {
  const { scope, servers, signal } = options;
  const deadline = performance.now() + options.timeout;
  let toAsk = servers.filter((server) => scope.allows(needOf(server)));
  if (toAsk.length === 0) throw notAllowed(question, options);
  let failure = failed(question, "timeout", "no name server replied in time");
  for (let attempt = 0; attempt < options.attempts && toAsk.length > 0; attempt++) {
    const silent: NameServer[] = [];
    for (const server of toAsk) {
      const timeout = Math.min(options.attemptTimeout, deadline - performance.now());
      if (timeout <= 0) throw failure;
      const outcome = await ask(question, { server, scope, signal, timeout });
      if (!(outcome instanceof DnsLookupError)) return outcome;
      if (outcome.code === "notFound") throw outcome;
      if (outcome.code !== "timeout") failure = outcome;
      if (outcome.code === "timeout" || isForged(outcome)) silent.push(server);
    }
    toAsk = silent;
  }
  throw failure;
}

/** Whether what came may not be the server's: a forger must not keep us from asking it again. */
function isForged({ cause }: DnsLookupError): boolean {
  return cause instanceof RemoteProtocolError && cause.code === MISMATCH;
}

/** The error of a look-up, with its sentence. */
export function failed(
  { name, type }: DnsQuestion,
  code: DnsLookupErrorCode,
  so: string | { so: string; cause: unknown },
): DnsLookupError {
  const { so: sentence, ...options } = typeof so === "string" ? { so } : so;
  return new DnsLookupError(code, `Cannot look up ${type} of "${name}": ${sentence}`, options);
}

type Attempt = ExchangeOptions & { server: NameServer; scope: PermissionScope };

/** One attempt at one server: its answer, or what went wrong. */
async function ask(question: DnsQuestion, attempt: Attempt): Promise<DnsReply | DnsLookupError> {
  const { address, port } = attempt.server;
  const by = hostAndPort(address, port);
  try {
    const reply = await exchangeAsKnown(question, attempt);
    const refusal = refusals[reply.responseCode] ??
      ["invalidReply", `replied with the unknown code ${reply.responseCode}`] as const;
    if (reply.responseCode === dnsResponseCodes.noError) return reply;
    return failed(question, refusal[0], `${by} ${refusal[1]}`);
  } catch (cause) {
    if (attempt.signal.aborted) throw attempt.signal.reason;
    if (cause instanceof RemoteProtocolError) {
      const code = cause.code === "closed" ? "serverFailure" : "invalidReply";
      return failed(question, code, { so: `${by} replied badly: ${reasonOf(cause)}`, cause });
    }
    if (cause instanceof DOMException && cause.name === "TimeoutError") {
      return failed(question, "timeout", { so: `${by} did not reply in time`, cause });
    }
    const error = socketErrorFrom(cause, `ask ${by}`);
    const code = error.code === "socketTimeout" ? "timeout" : "resolver";
    return failed(question, code, { so: `${by} cannot be asked: ${reasonOf(error)}`, cause });
  }
}

/** Asks with EDNS, and without where the server does not know it (RFC 6891 §7). */
async function exchangeAsKnown(question: DnsQuestion, attempt: Attempt): Promise<DnsReply> {
  const deadline = performance.now() + attempt.timeout;
  const reply = await exchange(question, { ...attempt, payloadSize: PAYLOAD_SIZE });
  const { badVersion, formatError, notImplemented } = dnsResponseCodes;
  const isForEdns = [formatError, notImplemented, badVersion].some((c) => c === reply.responseCode);
  if (!isForEdns) return reply;
  const timeout = Math.max(0, deadline - performance.now());
  return exchange(question, { ...attempt, timeout, payloadSize: 0 });
}

/** By datagram where one may be sent, and over a stream when the reply did not fit. */
async function exchange(
  question: DnsQuestion,
  { payloadSize, ...attempt }: Attempt & { payloadSize: number },
): Promise<DnsReply> {
  const query: DnsQuery = { ...question, id: crypto.getRandomValues(new Uint16Array(1))[0]! };
  const message = encodeDnsQuery(query, { payloadSize });
  const source = datagramSource(attempt.server);
  const deadline = performance.now() + attempt.timeout;
  if (source !== null) {
    const reply = await byDatagram(query, { ...attempt, message, source });
    if (!reply.isTruncated) return reply;
  }
  const timeout = Math.max(0, deadline - performance.now());
  const reply = parseDnsReply(await overStream(message, { ...attempt, timeout }), query);
  if (!reply.isTruncated) return reply;
  throw new RemoteProtocolError("Cannot read a DNS message: it is truncated on a stream too");
}

/**
 * A reply to another question may be forged, and ours still come (RFC 5452 §9.1): it is waited for
 * to the end of the time; only then the wrong one is blamed.
 */
async function byDatagram(
  query: DnsQuery,
  { message, ...attempt }: Attempt & { message: Uint8Array<ArrayBuffer>; source: string },
): Promise<DnsReply> {
  let wrong: RemoteProtocolError | null = null;
  const read = (datagram: Uint8Array<ArrayBuffer>): DnsReply | null => {
    try {
      return parseDnsReply(datagram, query);
    } catch (error) {
      if (!(error instanceof RemoteProtocolError && error.code === MISMATCH)) throw error;
      wrong = error;
      return null;
    }
  };
  try {
    return await overDatagram(message, { ...attempt, read });
  } catch (error) {
    throw attempt.signal.aborted ? error : wrong ?? error;
  }
}

function needOf({ address, port }: NameServer): Deno.PermissionDescriptor {
  return { name: "net", host: hostAndPort(address, port) };
}

function notAllowed(
  question: DnsQuestion,
  { scope, servers: [first] }: Pick<AskOptions, "scope" | "servers">,
): DnsLookupError {
  if (first === undefined) return failed(question, "resolver", "no name server is known");
  try {
    scope.require(needOf(first));
    return failed(question, "resolver", "no name server may be asked");
  } catch (cause) {
    return failed(question, "resolver", { so: reasonOf(cause), cause });
  }
}

/** What our own sentence says after "Cannot ‹do›: ". */
export function reasonOf(error: unknown): string {
  return (error as Error).message.replace(/^Cannot .*?: /, "");
}

/** What other response codes than "no error" mean, in Qt's words. */
const refusals: Readonly<Record<number, readonly [DnsLookupErrorCode, string]>> = {
  [dnsResponseCodes.formatError]: ["invalidRequest", "could not read the query"],
  [dnsResponseCodes.serverFailure]: ["serverFailure", "failed"],
  [dnsResponseCodes.nonExistentDomain]: ["notFound", "says that there is no such name"],
  [dnsResponseCodes.notImplemented]: ["serverFailure", "cannot answer such a query"],
  [dnsResponseCodes.refused]: ["serverRefused", "refused to answer"],
};

/** Datagrams of this size pass every path whole (DNS flag day 2020). */
const PAYLOAD_SIZE = 1232;
