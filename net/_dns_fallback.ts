/**
 * `Deno.resolveDns`, for a process that may ask the system's name server but not know which it is.
 * It tells neither lifetimes nor what went wrong: its "no such name" may be a broken server.
 */
import { abortable } from "../core/_wait.ts";
import { PermissionError, PermissionScope } from "../core/permission.ts";
import { encodeLatin1 } from "../protocol/byte_writer.ts";
import { type DnsReply, dnsResponseCodes } from "../protocol/dns.ts";
import type { DnsRecord, DnsRecordBase } from "../protocol/dns_record.ts";
import { HostAddress } from "../protocol/host_address.ts";
import { type DnsQuestion, failed, reasonOf } from "./_dns_resolver.ts";
import type { ExchangeOptions } from "./_dns_transport.ts";
import type { NameServer } from "./_name_servers.ts";

/**
 * Asks through Deno.
 *
 * @param options `server`: whom to ask in place of the system's server.
 * @throws {DnsLookupError} Whatever fails.
 * @throws The signal's reason, if it aborts.
 */
export async function askDeno(
  question: DnsQuestion,
  { scope, server, ...options }: ExchangeOptions & { scope: PermissionScope; server?: NameServer },
): Promise<DnsReply> {
  const type = askable.find((type) => type === question.type);
  // A scope cannot be asked about a server that nobody knows, so it has to allow them all.
  if (type === undefined || !(scope === PermissionScope.process || scope.allows({ name: "net" }))) {
    throw unknownServers(question);
  }
  try {
    const found = await abortable<unknown[]>((resolve, reject) => {
      const over = new AbortController();
      // The dot keeps the search list out.
      const name = question.name.replace(/\.?$/, ".");
      const nameServer = server && { ipAddr: `${server.address}`, port: server.port };
      const how = { signal: over.signal, ...(nameServer && { nameServer }) };
      Deno.resolveDns(name, type as "A", how).then(resolve, reject);
      return () => over.abort();
    }, options);
    const head = { name: question.name, timeToLive: 0 };
    const answers = found.map((value) => recordOf(type, head, value));
    const { noError: responseCode } = dnsResponseCodes;
    return { responseCode, isTruncated: false, isAuthenticData: false, answers };
  } catch (cause) {
    if (options.signal.aborted) throw options.signal.reason;
    throw failureFrom(question, cause);
  }
}

type Askable = typeof askable[number];

function recordOf(
  type: Askable,
  head: Omit<DnsRecordBase, "type">,
  value: unknown,
): DnsRecord {
  switch (type) {
    case "A":
    case "AAAA":
      return { type, ...head, value: new HostAddress(value as string) };
    case "CNAME":
    case "NS":
    case "PTR":
      return { type, ...head, value: withoutDot(value as string) };
    case "MX": {
      const { exchange, preference } = value as Deno.MxRecord;
      return { type, ...head, exchange: withoutDot(exchange), preference };
    }
    case "SRV": {
      const { target, ...rest } = value as Deno.SrvRecord;
      return { type, ...head, target: withoutDot(target), ...rest };
    }
    case "TXT":
      // Each byte is a character here, whatever the text was.
      return { type, ...head, values: (value as string[]).map(encodeLatin1) };
    case "CAA": {
      const { critical: isCritical, tag, value: text } = value as Deno.CaaRecord;
      return { type, ...head, isCritical, tag, value: text };
    }
  }
}

function withoutDot(name: string): string {
  return name === "." ? name : name.replace(/\.$/, "");
}

function failureFrom(question: DnsQuestion, cause: unknown): Error {
  if (cause instanceof Deno.errors.NotFound) {
    return failed(question, "notFound", { so: "no such record", cause });
  }
  if (cause instanceof Deno.errors.NotCapable) return unknownServers(question, cause);
  const isLate = cause instanceof Deno.errors.TimedOut ||
    cause instanceof DOMException && cause.name === "TimeoutError";
  return isLate
    ? failed(question, "timeout", { so: "the name server did not reply in time", cause })
    : failed(question, "resolver", { so: reasonOf(cause), cause });
}

/** The permission to know the servers; with it they are asked, and in words of our own. */
function unknownServers(question: DnsQuestion, denial?: unknown): Error {
  const cause = new PermissionError(
    { name: "sys", kind: "networkInterfaces" },
    denial === undefined ? {} : { cause: denial },
  );
  return failed(question, "resolver", { so: reasonOf(cause), cause });
}

/** What Deno knows how to ask for. */
const askable = ["A", "AAAA", "CAA", "CNAME", "MX", "NS", "PTR", "SRV", "TXT"] as const;
