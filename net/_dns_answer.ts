/**
 * From a question to its answer: whom to ask, and how. All that it takes is loaded with the first
 * look-up.
 *
 * @module
 */
import { asciiName } from "../core/_lookup.ts";
import { PermissionScope } from "../core/permission.ts";
import { type DnsReply, encodeDnsQuery, reverseName } from "../protocol/dns.ts";
import { inOrderOfTrial } from "../protocol/dns_order.ts";
import type { DnsRecord } from "../protocol/dns_record.ts";
import { HostAddress } from "../protocol/host_address.ts";
import { askDeno } from "./_dns_fallback.ts";
import { askServers, type DnsQuestion, failed, reasonOf } from "./_dns_resolver.ts";
import { type NameServer, systemNameServers } from "./_name_servers.ts";
import { DnsLookupError } from "./dns_lookup_error.ts";

/** Whom to ask, and for how long. */
export interface AnswerOptions {
  /** Whom to ask; the system's servers when there is none. */
  readonly server: NameServer | null;
  /** How often a server that is silent is asked. */
  readonly attempts: number;
  /** Milliseconds for one attempt. */
  readonly attemptTimeout: number;
  /** Milliseconds for all of them; negative: no limit. */
  readonly timeout: number;
  /** Who may ask whom; whatever the process may when left out. */
  readonly scope?: PermissionScope;
  /** Ends it all. */
  readonly signal: AbortSignal;
}

/** What was found. */
export interface DnsAnswer {
  /** The records, in the order in which they are to be tried. */
  readonly records: readonly DnsRecord[];
  /** Whether the server vouches for them by DNSSEC. */
  readonly isSafe: boolean;
}

/**
 * Looks up what is asked for.
 *
 * @throws {DnsLookupError} Whatever fails.
 */
export async function answerOf(asked: DnsQuestion, options: AnswerOptions): Promise<DnsAnswer> {
  try {
    const { answers, isAuthenticData: isSafe } = await ask(onTheWire(asked), options);
    return { records: inOrderOfTrial(answers, Math.random), isSafe };
  } catch (cause) {
    if (cause instanceof DnsLookupError) throw cause;
    throw failed(asked, "resolver", { so: `${cause}`, cause });
  }
}

/** The question with its name in ASCII; that of an address by its reverse name. */
function onTheWire({ name, type }: DnsQuestion): DnsQuestion {
  const address = type === "PTR" ? HostAddress.parse(name) : null;
  const question = { type, name: address ? reverseName(address) : asciiName(name) };
  try {
    encodeDnsQuery({ ...question, id: 0 });
    return question;
  } catch (cause) {
    throw failed({ name, type }, "invalidRequest", { so: reasonOf(cause), cause });
  }
}

function ask(question: DnsQuestion, options: AnswerOptions): Promise<DnsReply> {
  const { attempts, attemptTimeout, scope = PermissionScope.process, server, signal } = options;
  const timeout = options.timeout < 0 ? Infinity : options.timeout;
  const servers = server === null ? systemNameServers() : [server];
  if (servers !== null) {
    return askServers(question, { servers, attempts, attemptTimeout, timeout, scope, signal });
  }
  const total = Math.min(timeout, attempts * attemptTimeout);
  return askDeno(question, { timeout: total, scope, signal });
}
