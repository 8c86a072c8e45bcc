/**
 * The kinds of records that are known, apart from the codec, which few need at once.
 *
 * @module
 */
import type { DnsType } from "./dns_record.ts";

/** The numbers of the types (RFC 1035 §3.2.2 and later). */
export const dnsTypes: Readonly<Record<DnsType, number>> = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  TLSA: 52,
  SVCB: 64,
  HTTPS: 65,
  ANY: 255,
  CAA: 257,
};
