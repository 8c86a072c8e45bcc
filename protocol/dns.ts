/**
 * The domain name system's messages (RFC 1035 §4, EDNS of RFC 6891): queries go out, replies come
 * in. Ids are passed in; whoever sends them draws them at random (RFC 5452 §9.2).
 *
 * @module
 */
import { readData } from "./_dns_data.ts";
import { encodeName } from "./_dns_name.ts";
import { bad, DnsReader, HEADER_LENGTH } from "./_dns_reader.ts";
import type { ByteReader } from "./byte_reader.ts";
import { ByteWriter } from "./byte_writer.ts";
import type { DnsRecord, DnsType } from "./dns_record.ts";
import { dnsTypes } from "./dns_types.ts";
import { LocalProtocolError } from "./error.ts";
import type { Dialogue } from "./exchange.ts";
import type { HostAddress } from "./host_address.ts";

/** One question. */
export interface DnsQuery {
  /** What ties the reply to the query: 16 random bits. */
  readonly id: number;
  /** The name, in ASCII; see `dns_record.ts` for how names are written. */
  readonly name: string;
  /** What is asked for. */
  readonly type: DnsType;
}

/** What a server replied. */
export interface DnsReply {
  /** How it went: one of {@linkcode dnsResponseCodes}, or another of RFC 6895 §2.3. */
  readonly responseCode: number;
  /** Whether the reply did not fit: there are no records then, the question goes over a stream. */
  readonly isTruncated: boolean;
  /** Whether the server vouches for the records by DNSSEC (RFC 4035 §3.2.3). */
  readonly isAuthenticData: boolean;
  /** The answers whose kind is known, in the server's order. */
  readonly answers: readonly DnsRecord[];
}

/** How a query went (RFC 1035 §4.1.1, RFC 6891 §9). */
export const dnsResponseCodes = {
  noError: 0,
  formatError: 1,
  serverFailure: 2,
  nonExistentDomain: 3,
  notImplemented: 4,
  refused: 5,
  badVersion: 16,
} as const;

/** What the code of a RemoteProtocolError says when a reply is to another question than ours. */
export const MISMATCH = "mismatch";

/**
 * Makes a query that wants recursion and understands the AD bit (RFC 6840 §5.7).
 *
 * @param query The question.
 * @param options `payloadSize`: the largest datagram that we take, 1 232 by default, which no path
 * has to cut up; 0 leaves EDNS out, for servers that do not know it.
 * @throws {LocalProtocolError} When the name cannot be one.
 */
export function encodeDnsQuery(
  query: DnsQuery,
  options: { payloadSize?: number } = {},
): Uint8Array<ArrayBuffer> {
  const { payloadSize = 1232 } = options;
  const writer = new ByteWriter()
    .u16(query.id).u16(RECURSION_DESIRED | AUTHENTIC_DATA)
    .u16(1).u16(0).u16(0).u16(payloadSize > 0 ? 1 : 0)
    .bytes(encodeName(query.name)).u16(dnsTypes[query.type]).u16(INTERNET);
  // The root's name, the type, and in place of a class the size (RFC 6891 §6.1.2).
  if (payloadSize > 0) writer.u8(0).u16(OPT).u16(payloadSize).u32(0).u16(0);
  return writer.finish();
}

/**
 * Reads the reply to a query.
 *
 * @param message The whole message; bytes after its last record are ignored.
 * @param query The query that was sent.
 * @throws {RemoteProtocolError} When the message is malformed; with the code "mismatch" when it
 * answers something else, as a forged one would (RFC 5452 §9.1).
 */
export function parseDnsReply(message: Uint8Array<ArrayBuffer>, query: DnsQuery): DnsReply {
  // What is too short to have an id has not shown that it answers anything.
  if (message.length < HEADER_LENGTH) throw bad("it has no whole header", MISMATCH);
  const reader = new DnsReader(message);
  const id = reader.u16();
  const flags = reader.u16();
  if (id !== query.id) throw bad("its id is not the query's", MISMATCH);
  if ((flags & IS_RESPONSE) === 0 || (flags & OPCODE) !== 0) throw bad("it is no reply", MISMATCH);
  const [questions, answers, authorities, additional] = counts(reader);
  const code = flags & 0xf;
  const isTruncated = (flags & TRUNCATED) !== 0;
  const isAuthenticData = (flags & AUTHENTIC_DATA) !== 0;
  readQuestion(reader, { query, questions, code });
  // What was cut is not worth reading: the last record may be half of one.
  if (isTruncated) return { responseCode: code, isTruncated, isAuthenticData, answers: [] };
  const records: DnsRecord[] = [];
  for (let i = 0; i < answers; i++) {
    const record = readRecord(reader);
    if (record !== null) records.push(record);
  }
  for (let i = 0; i < authorities; i++) skipRecord(reader);
  let extended = 0;
  for (let i = 0; i < additional; i++) extended |= skipRecord(reader);
  return { responseCode: extended << 4 | code, isTruncated, isAuthenticData, answers: records };
}

/**
 * A query over a stream: both messages have their length before them (RFC 1035 §4.2.2).
 *
 * @param reader What arrives.
 * @param message The query.
 * @returns The reply, unread.
 */
export function* dnsOverStream(
  reader: ByteReader,
  message: Uint8Array<ArrayBuffer>,
): Dialogue<Uint8Array<ArrayBuffer>> {
  // In one piece: some servers want the length and the message together (RFC 7766 §8).
  yield new ByteWriter().u16(message.length).bytes(message).finish();
  const [high, low] = yield* reader.exactly(2);
  return yield* reader.exactly(high! << 8 | low!);
}

/**
 * The name under which an address has its PTR record (RFC 1035 §3.5, RFC 3596 §2.5).
 *
 * @param address An IPv4 or IPv6 address.
 * @returns For example "1.0.0.127.in-addr.arpa".
 * @throws {LocalProtocolError} When it is no address.
 */
export function reverseName(address: HostAddress): string {
  const bytes = [...address.toBytes()].reverse();
  if (bytes.length === 0) throw new LocalProtocolError("Cannot ask for the name of no address");
  if (address.protocol === "ipv4") return `${bytes.join(".")}.in-addr.arpa`;
  const nibbles = bytes.flatMap((byte) => [byte & 0xf, byte >> 4]);
  return `${nibbles.map((nibble) => nibble.toString(16)).join(".")}.ip6.arpa`;
}

function counts(reader: DnsReader): [number, number, number, number] {
  return [reader.u16(), reader.u16(), reader.u16(), reader.u16()];
}

/** Makes sure that the reply repeats our question; servers that could not read it leave it out. */
function readQuestion(
  reader: DnsReader,
  { query, questions, code }: { query: DnsQuery; questions: number; code: number },
): void {
  const { noError, nonExistentDomain } = dnsResponseCodes;
  if (questions === 0 && code !== noError && code !== nonExistentDomain) return;
  if (questions !== 1) throw bad(`it has ${questions} questions`, MISMATCH);
  const name = reader.name();
  const isSame = reader.u16() === dnsTypes[query.type] && reader.u16() === INTERNET &&
    name.toLowerCase() === canonical(query.name);
  if (!isSame) throw bad("its question is not the query's", MISMATCH);
}

/** A name as it is read from the wire, so that "\065." equals "a". */
function canonical(name: string): string {
  return new DnsReader(encodeName(name)).name().toLowerCase();
}

/** The next record; null for a type or class that is not known. */
function readRecord(reader: DnsReader): DnsRecord | null {
  const name = reader.name();
  const type = typesByNumber.get(reader.u16());
  const isInternet = reader.u16() === INTERNET;
  const timeToLive = reader.u32();
  const size = reader.u16();
  if (type === undefined || !isInternet) return reader.skip(size), null;
  // With the most significant bit set it counts as zero (RFC 2181 §8).
  const head = { name, timeToLive: timeToLive > 0x7fffffff ? 0 : timeToLive };
  return reader.within(size, () => readData(type, head, reader));
}

/** Passes a record by; if it is the OPT one, returns the upper bits of the response code. */
function skipRecord(reader: DnsReader): number {
  reader.name();
  const type = reader.u16();
  reader.skip(2);
  const extended = reader.u8();
  reader.skip(3);
  reader.skip(reader.u16());
  return type === OPT ? extended : 0;
}

const typesByNumber: ReadonlyMap<number, DnsRecord["type"]> = new Map(
  Object.entries(dnsTypes).filter(([type]) => type !== "ANY")
    .map(([type, number]) => [number, type as DnsRecord["type"]]),
);

/** The class of the Internet (§3.2.4). */
const INTERNET = 1;
/** The pseudo record of EDNS (RFC 6891 §6.1.1). */
const OPT = 41;

const IS_RESPONSE = 0x8000;
const OPCODE = 0x7800;
const TRUNCATED = 0x0200;
const RECURSION_DESIRED = 0x0100;
const AUTHENTIC_DATA = 0x0020;
