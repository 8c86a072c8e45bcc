/**
 * The data of SVCB and HTTPS records (RFC 9460). A client has to refuse malformed ones and with
 * them all that came along (§2.2), so every rule is checked.
 */
import { bad, DnsReader } from "./_dns_reader.ts";
import { decodeLatin1 } from "./byte_reader.ts";
import type { DnsRecordBase, DnsServiceBindingRecord } from "./dns_record.ts";
import { HostAddress } from "./host_address.ts";

type Bytes = Uint8Array<ArrayBuffer>;
type ServiceBinding = Omit<DnsServiceBindingRecord, keyof DnsRecordBase>;

/** Parameter keys (§14.3.2). */
const keys = { mandatory: 0, alpn: 1, noDefaultAlpn: 2, port: 3, ipv4hint: 4, ech: 5, ipv6hint: 6 };

/**
 * Reads a binding.
 *
 * @param reader Bounded to the record's data.
 */
export function readServiceBinding(reader: DnsReader): ServiceBinding {
  const priority = reader.u16();
  const target = reader.name();
  const parameters = readParameters(reader);
  // "Recipients MUST ignore any SvcParams" of an alias (§2.4.2).
  const use = priority === 0 ? new Map<number, Bytes>() : parameters;
  const value = <T>(key: number, read: (data: DnsReader) => T): T | undefined => {
    const bytes = use.get(key);
    if (bytes === undefined) return undefined;
    const data = new DnsReader(bytes);
    return data.within(bytes.length, () => read(data));
  };
  const alpn = value(keys.alpn, (data) => listOf(data, readProtocol));
  const noDefaultAlpn = value(keys.noDefaultAlpn, () => true) ?? false;
  if (noDefaultAlpn && !alpn) throw bad("a service has no-default-alpn without alpn");
  return {
    priority,
    target,
    mandatory: value(keys.mandatory, (data) => readMandatory(data, use)) ?? [],
    alpn: alpn ?? [],
    noDefaultAlpn,
    port: value(keys.port, (data) => data.u16()) ?? null,
    addressHints: [
      ...value(keys.ipv4hint, (data) => listOf(data, () => new HostAddress(data.bytes(4)))) ?? [],
      ...value(keys.ipv6hint, (data) => listOf(data, () => new HostAddress(data.bytes(16)))) ?? [],
    ],
    ech: use.get(keys.ech) ?? null,
    parameters,
  };
}

/** Keys "SHALL appear in increasing numeric order", none twice (§2.2). */
function readParameters(reader: DnsReader): Map<number, Bytes> {
  const parameters = new Map<number, Bytes>();
  for (let last = -1; reader.remaining > 0;) {
    const key = reader.u16();
    if (key <= last) throw bad("a service's parameters are out of order");
    parameters.set(last = key, reader.bytes(reader.u16()));
  }
  return parameters;
}

/** One item at least: an empty list is malformed (§7.1, §7.3, §8). */
function listOf<T>(data: DnsReader, read: (data: DnsReader) => T): T[] {
  const list: T[] = [];
  do list.push(read(data)); while (data.remaining > 0);
  return list;
}

function readProtocol(data: DnsReader): string {
  const protocol = data.characterString();
  if (protocol.length === 0) throw bad("a service's protocol is empty");
  return decodeLatin1(protocol);
}

/** In order, without itself, and all of them there (§8). */
function readMandatory(data: DnsReader, parameters: ReadonlyMap<number, Bytes>): number[] {
  const mandatory = listOf(data, () => data.u16());
  const isGood = mandatory.every((key, i) => key > (mandatory[i - 1] ?? 0) && parameters.has(key));
  if (!isGood) throw bad("a service's mandatory keys are out of order or missing");
  return mandatory;
}
