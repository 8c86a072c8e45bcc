/** The data of records, each kind as its RFC lays it out. */
import { bad, type DnsReader } from "./_dns_reader.ts";
import { readServiceBinding } from "./_dns_service_binding.ts";
import { decodeLatin1 } from "./byte_reader.ts";
import type {
  DnsCertificationAuthorityRecord,
  DnsRecord,
  DnsRecordBase,
  DnsServiceRecord,
  DnsStartOfAuthorityRecord,
  DnsTextRecord,
  DnsTlsAssociationRecord,
} from "./dns_record.ts";
import { HostAddress } from "./host_address.ts";

/** What stands before a record's data. */
type Head = Omit<DnsRecordBase, "type">;

/**
 * Reads the data of one record.
 *
 * @param type Not "ANY": that is only asked for.
 * @param reader Bounded to the data, all of which is taken.
 * @throws {RemoteProtocolError} When the data is not what its type says.
 */
export function readData(type: DnsRecord["type"], head: Head, reader: DnsReader): DnsRecord {
  switch (type) {
    case "A":
    case "AAAA":
      return { type, ...head, value: new HostAddress(reader.bytes(type === "A" ? 4 : 16)) };
    case "CNAME":
    case "NS":
    case "PTR":
      return { type, ...head, value: reader.name() };
    case "MX": {
      const preference = reader.u16();
      return { type, ...head, exchange: reader.name(), preference };
    }
    case "SRV":
      return readService(head, reader);
    case "TXT":
      return readText(head, reader);
    case "TLSA":
      return readTlsAssociation(head, reader);
    case "SVCB":
    case "HTTPS":
      return { type, ...head, ...readServiceBinding(reader) };
    case "CAA":
      return readCertificationAuthority(head, reader);
    case "SOA":
      return readStartOfAuthority(head, reader);
  }
}

/** RFC 2782: priority, weight, port, target. */
function readService(head: Head, reader: DnsReader): DnsServiceRecord {
  const priority = reader.u16();
  const weight = reader.u16();
  const port = reader.u16();
  return { type: "SRV", ...head, target: reader.name(), port, priority, weight };
}

function readText(head: Head, reader: DnsReader): DnsTextRecord {
  const values: Uint8Array<ArrayBuffer>[] = [];
  while (reader.remaining > 0) values.push(reader.characterString());
  return { type: "TXT", ...head, values };
}

/** RFC 6698 §2.1. */
function readTlsAssociation(head: Head, reader: DnsReader): DnsTlsAssociationRecord {
  const usage = reader.u8();
  const selector = reader.u8();
  const matchType = reader.u8();
  const value = reader.bytes(reader.remaining);
  return { type: "TLSA", ...head, usage, selector, matchType, value };
}

/** RFC 8659 §4.1. */
function readCertificationAuthority(
  head: Head,
  reader: DnsReader,
): DnsCertificationAuthorityRecord {
  const isCritical = (reader.u8() & 0x80) !== 0;
  const tag = decodeLatin1(reader.characterString());
  if (!/^[a-z0-9]+$/i.test(tag)) throw bad("a CAA record's tag is not letters and digits");
  const value = decodeLatin1(reader.bytes(reader.remaining));
  return { type: "CAA", ...head, isCritical, tag, value };
}

/** RFC 1035 §3.3.13. */
function readStartOfAuthority(head: Head, reader: DnsReader): DnsStartOfAuthorityRecord {
  const primary = reader.name();
  const mailbox = reader.name();
  const serial = reader.u32();
  const refresh = reader.u32();
  const retry = reader.u32();
  const expire = reader.u32();
  const minimum = reader.u32();
  return { type: "SOA", ...head, primary, mailbox, serial, refresh, retry, expire, minimum };
}
