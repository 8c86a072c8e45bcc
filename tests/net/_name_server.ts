/**
 * A name server that does what a test tells it: for answers that no real server gives.
 */
import { assertEquals, assertRejects } from "@std/assert";
import { DnsLookup, type DnsLookupOptions } from "../../net/dns_lookup.ts";
import { DnsLookupError, type DnsLookupErrorCode } from "../../net/dns_lookup_error.ts";
import { ByteWriter } from "../../protocol/byte_writer.ts";
import type { DnsType } from "../../protocol/dns_record.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A query, as far as scripts look at it. */
export interface ScriptQuery {
  readonly bytes: Bytes;
  readonly id: number;
  /** The question as it came, to be sent back. */
  readonly question: Bytes;
  /** Its name, dots between its labels. */
  readonly name: string;
  readonly hasEdns: boolean;
}

/** What to send back, in order; nothing for a server that is silent. */
export type Script = (query: ScriptQuery) => readonly Bytes[];

/** A server on a free port of 127.0.0.1. */
export interface ScriptedServer extends AsyncDisposable {
  /** Where it listens, for `DnsLookup`. */
  readonly options: { readonly nameserver: "127.0.0.1"; readonly port: number };
  /** What has been asked, with "+" before a name asked with EDNS, "tcp:" before one over TCP. */
  readonly asked: string[];
}

/**
 * @param udp What a datagram is answered with.
 * @param options `tcp`: what a query over TCP is answered with, each reply with its length before
 * it; `from`: "elsewhere" sends the datagrams from another port.
 */
export async function scriptedServer(
  udp: Script,
  options: { tcp?: Script; from?: "elsewhere" } = {},
): Promise<ScriptedServer> {
  const { createSocket } = process.getBuiltinModule("node:dgram");
  const [socket, other] = [createSocket("udp4"), createSocket("udp4")];
  const asked: string[] = [];
  const bound = Promise.all(
    [socket, other].map((each) =>
      new Promise<void>((resolve) => each.bind(0, "127.0.0.1", () => resolve()))
    ),
  );
  socket.on("message", (datagram, { address, port }) => {
    const query = readQuery(new Uint8Array(datagram));
    asked.push(`${query.hasEdns ? "+" : ""}${query.name}`);
    const sender = options.from === "elsewhere" ? other : socket;
    for (const reply of udp(query)) sender.send(reply, port, address);
  });
  await bound;
  const { port } = socket.address();
  const stop = options.tcp ? listen(port, options.tcp, asked) : async () => {};
  return {
    options: { nameserver: "127.0.0.1", port },
    asked,
    async [Symbol.asyncDispose]() {
      await Promise.all([
        stop(),
        ...[socket, other].map((each) => new Promise<void>((resolve) => each.close(resolve))),
      ]);
    },
  };
}

/** A reply: the id and the question of the query, some answers. */
export function replyTo(
  query: ScriptQuery,
  { answers = [], flags = 0x8180 }: { answers?: readonly Bytes[]; flags?: number } = {},
): Bytes {
  const writer = new ByteWriter().u16(query.id).u16(flags).u16(1).u16(answers.length).u32(0);
  writer.bytes(query.question);
  for (const answer of answers) writer.bytes(answer);
  return writer.finish();
}

/** A record about the name that was asked for. */
export function record(type: number, data: readonly number[], ttl = 60): Bytes {
  return new ByteWriter().u16(0xc00c).u16(type).u16(1).u32(ttl).u16(data.length).bytes(data)
    .finish();
}

/** A message with its length before it, as it goes over TCP. */
export function framed(message: Bytes): Bytes {
  return new ByteWriter().u16(message.length).bytes(message).finish();
}

function readQuery(bytes: Bytes): ScriptQuery {
  const labels: string[] = [];
  let at = 12;
  for (; bytes[at] !== 0; at += 1 + bytes[at]!) {
    labels.push(new TextDecoder().decode(bytes.subarray(at + 1, at + 1 + bytes[at]!)));
  }
  return {
    bytes,
    id: bytes[0]! << 8 | bytes[1]!,
    question: bytes.slice(12, at + 5),
    name: labels.join("."),
    hasEdns: bytes[11] === 1,
  };
}

/** One query a connection; the server closes once it has replied, or the client has. */
function listen(port: number, script: Script, asked: string[]): () => Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port });
  const serve = async (connection: Deno.Conn) => {
    using _ = connection;
    const buffer = new Uint8Array(1024);
    const size = await connection.read(buffer) ?? 0;
    const query = readQuery(buffer.slice(2, size));
    asked.push(`tcp:${query.name}`);
    const replies = script(query);
    for (const reply of replies) await connection.write(reply);
    if (replies.length === 0) await connection.read(buffer);
  };
  const served = (async () => {
    const open: Promise<void>[] = [];
    for await (const connection of listener) open.push(serve(connection));
    await Promise.all(open);
  })();
  return () => (listener.close(), served);
}

/** The record of 127.0.0.1, for a minute. */
export const localHost: Bytes = record(1, [127, 0, 0, 1]);
/** Answers whatever is asked by {@linkcode localHost}. */
export const answers: Script = (query) => [replyTo(query, { answers: [localHost] })];
/** Never answers. */
export const silent: Script = () => [];
/** Refuses with a response code. */
export const code = (rcode: number): Script => (query) => [
  replyTo(query, { flags: 0x8180 | rcode }),
];
/** For look-ups that are to be late: enough for a datagram to be answered, and not much more. */
export const hasty = { attempts: 1, attemptTimeout: 100 };

/** Looks something up that has to fail, with this code. */
export async function fails(
  expected: DnsLookupErrorCode,
  options: DnsLookupOptions,
  { type = "A", name = "a.example" }: { type?: DnsType; name?: string } = {},
): Promise<DnsLookupError> {
  const error = await assertRejects(() => DnsLookup.resolve(type, name, options), DnsLookupError);
  assertEquals(error.code, expected, error.message);
  return error;
}
