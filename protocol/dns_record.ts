/**
 * What the domain name system says about a name: records, as plain values.
 *
 * Names are written as on the wire (international ones in their ACE form), without the dot at the
 * end; the root is ".". A dot or a backslash inside a label has a backslash before it, a byte that
 * is no visible ASCII is "\ddd" in decimal (RFC 1035 §5.1).
 *
 * @module
 */
import type { HostAddress } from "./host_address.ts";

/** What to ask for (QDnsLookup::Type, and four more), as the DNS writes it. */
export type DnsType =
  | "A"
  | "AAAA"
  | "ANY"
  | "CAA"
  | "CNAME"
  | "HTTPS"
  | "MX"
  | "NS"
  | "PTR"
  | "SOA"
  | "SRV"
  | "SVCB"
  | "TLSA"
  | "TXT";

/** What all records have. */
export interface DnsRecordBase {
  /** The kind of record. */
  readonly type: DnsType;
  /** The name that the record is about. */
  readonly name: string;
  /** How long the record may be kept, in seconds; 0 where that is not known. */
  readonly timeToLive: number;
}

/** An address of a name (QDnsHostAddressRecord; RFC 1035 §3.4.1, RFC 3596). */
export interface DnsHostAddressRecord extends DnsRecordBase {
  /** The kind of record. */
  readonly type: "A" | "AAAA";
  /** The address. */
  readonly value: HostAddress;
}

/** A name that stands for, serves or is pointed to by a name (QDnsDomainNameRecord; RFC 1035 §3.3). */
export interface DnsDomainNameRecord extends DnsRecordBase {
  /** The kind of record. */
  readonly type: "CNAME" | "NS" | "PTR";
  /** The other name. */
  readonly value: string;
}

/** A host that takes the mail for a name (QDnsMailExchangeRecord; RFC 1035 §3.3.9). */
export interface DnsMailExchangeRecord extends DnsRecordBase {
  /** The kind of record. */
  readonly type: "MX";
  /** The host; "." says that there is no mail (RFC 7505). */
  readonly exchange: string;
  /** The lowest is tried first. */
  readonly preference: number;
}

/** A host that offers a service (QDnsServiceRecord; RFC 2782). */
export interface DnsServiceRecord extends DnsRecordBase {
  /** The kind of record. */
  readonly type: "SRV";
  /** The host; "." says that the service is not offered. */
  readonly target: string;
  /** The port of the service there. */
  readonly port: number;
  /** The lowest is tried first. */
  readonly priority: number;
  /** The share of the clients, among hosts of the same priority. */
  readonly weight: number;
}

/** Text about a name (QDnsTextRecord; RFC 1035 §3.3.14). */
export interface DnsTextRecord extends DnsRecordBase {
  /** The kind of record. */
  readonly type: "TXT";
  /** Strings of up to 255 bytes each; what they mean in a row is for the user to know. */
  readonly values: readonly Uint8Array<ArrayBuffer>[];
}

/** A certificate that a service is known by (QDnsTlsAssociationRecord; RFC 6698 §2.1). */
export interface DnsTlsAssociationRecord extends DnsRecordBase {
  /** The kind of record. */
  readonly type: "TLSA";
  /** 0 PKIX-TA, 1 PKIX-EE, 2 DANE-TA, 3 DANE-EE, 255 private. */
  readonly usage: number;
  /** 0 the whole certificate, 1 its public key, 255 private. */
  readonly selector: number;
  /** 0 exact, 1 SHA-256, 2 SHA-512, 255 private. */
  readonly matchType: number;
  /** What to compare with. */
  readonly value: Uint8Array<ArrayBuffer>;
}

/** How to reach a service (RFC 9460). */
export interface DnsServiceBindingRecord extends DnsRecordBase {
  /** The kind of record. */
  readonly type: "SVCB" | "HTTPS";
  /** The lowest is tried first; 0 says that `target` is another name of the service (§2.4.2). */
  readonly priority: number;
  /** The host; "." stands for the record's own name where `priority` is not 0 (§2.5.2). */
  readonly target: string;
  /** Keys that a client must understand to use the record (§8). */
  readonly mandatory: readonly number[];
  /** Protocols beyond the default one, as TLS names them: "h2" (§7.1). */
  readonly alpn: readonly string[];
  /** Whether the default protocol is not offered (§7.1). */
  readonly noDefaultAlpn: boolean;
  /** The port; null for the service's own (§7.2). */
  readonly port: number | null;
  /** Addresses to try before the look-up of `target` is done (§7.3). */
  readonly addressHints: readonly HostAddress[];
  /** The configuration for Encrypted Client Hello; null without one. */
  readonly ech: Uint8Array<ArrayBuffer> | null;
  /** All parameters by their numbers, as they came. */
  readonly parameters: ReadonlyMap<number, Uint8Array<ArrayBuffer>>;
}

/** Who may issue certificates for a name (RFC 8659). */
export interface DnsCertificationAuthorityRecord extends DnsRecordBase {
  /** The kind of record. */
  readonly type: "CAA";
  /** Whether an authority that does not know the tag must not issue. */
  readonly isCritical: boolean;
  /** What the value is about: "issue", "issuewild", "iodef". */
  readonly tag: string;
  /** The value, each byte a character. */
  readonly value: string;
}

/** Where a zone begins and who keeps it (RFC 1035 §3.3.13). */
export interface DnsStartOfAuthorityRecord extends DnsRecordBase {
  /** The kind of record. */
  readonly type: "SOA";
  /** The name server that the zone comes from. */
  readonly primary: string;
  /** The mailbox of who is responsible, its "@" written as a dot. */
  readonly mailbox: string;
  /** The version of the zone. */
  readonly serial: number;
  /** Seconds between the secondaries' refreshes. */
  readonly refresh: number;
  /** Seconds before a failed refresh is tried again. */
  readonly retry: number;
  /** Seconds after which the zone is no longer served without a refresh. */
  readonly expire: number;
  /** Seconds for which the absence of a name may be remembered (RFC 2308 §4). */
  readonly minimum: number;
}

/** Any record. */
export type DnsRecord =
  | DnsHostAddressRecord
  | DnsDomainNameRecord
  | DnsMailExchangeRecord
  | DnsServiceRecord
  | DnsTextRecord
  | DnsTlsAssociationRecord
  | DnsServiceBindingRecord
  | DnsCertificationAuthorityRecord
  | DnsStartOfAuthorityRecord;
