/** Replies to one query, well made and badly. */
import { ByteWriter } from "../../protocol/byte_writer.ts";
import { type DnsQuery, type DnsReply, parseDnsReply } from "../../protocol/dns.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Bytes in hexadecimal digits, with spaces wherever one likes. */
export const hex = (text: string): Bytes => Uint8Array.fromHex(text.replaceAll(" ", ""));

/** What is asked. */
export const query: DnsQuery = { id: 0x1234, name: "a.example", type: "A" };

/** The query's name. */
export const wireName = "01 61 07 6578616d706c65 00";

/** A reply to `query`: offset 12 is its name, offset 23 "type", offset 27 the first answer. */
export function reply(
  answers: string | readonly string[],
  { flags = 0x8180, question = `${wireName} 0001 0001`, questions = 1, additional = "" } = {},
): Bytes {
  const list = typeof answers === "string" ? [answers] : answers;
  return new ByteWriter().u16(0x1234).u16(flags)
    .u16(questions).u16(list.filter(Boolean).length).u16(0).u16(additional === "" ? 0 : 1)
    .bytes(hex(question)).bytes(hex(list.join(""))).bytes(hex(additional)).finish();
}

/** An answer about the queried name. */
export function answer(
  type: number,
  data: string,
  { ttl = 60, owner = "c00c", class_ = 1 } = {},
): string {
  const head = new ByteWriter().bytes(hex(owner)).u16(type).u16(class_).u32(ttl);
  return head.u16(hex(data).length).bytes(hex(data)).finish().toHex();
}

/** Reads the reply to the query. */
export const parse = (message: Bytes): DnsReply => parseDnsReply(message, query);
