/**
 * Addresses, names, interfaces, proxies, credentials.
 *
 * @module
 */
import { absent, type Decisions, different, named, planned } from "../parity/decision.ts";

const sctp = absent("SCTP: Deno has no such socket");

/** The decisions. */
export const kernel: Decisions = {
  QHostAddress: {
    issue: 3,
    value: true,
    unions: { NetworkLayerProtocol: "HostAddress.protocol" },
    notes: {
      "setAddress": different("`new HostAddress(…)` or `HostAddress.parse`"),
      "toIPv4Address toIPv6Address": named("toBytes"),
      "setScopeId": different("part of the text: `fe80::1%eth0`"),
      "isEqual": named("equals"),
      "SpecialAddress::Null": named("HostAddress.null"),
      "SpecialAddress::Broadcast": named("HostAddress.broadcast"),
      "SpecialAddress::LocalHost": named("HostAddress.localHost"),
      "SpecialAddress::LocalHostIPv6": named("HostAddress.localHostIPv6"),
      "SpecialAddress::Any": named("HostAddress.any"),
      "SpecialAddress::AnyIPv6": named("HostAddress.anyIPv6"),
      "SpecialAddress::AnyIPv4": named("HostAddress.anyIPv4"),
      "NetworkLayerProtocol::AnyIPProtocol": different("the address `HostAddress.any`"),
    },
  },
  QHostInfo: {
    issue: 3,
    done: true,
    value: true,
    unions: { HostInfoError: "HostInfoErrorCode" },
    notes: {
      "setHostName setAddresses setError setErrorString": absent("values do not change"),
      "HostInfoError::HostNotFound": named('"hostNotFound"'),
      "lookupId setLookupId": different("what `lookupHost` returns"),
    },
  },
  QDnsDomainNameRecord: { issue: 3, done: true },
  QDnsHostAddressRecord: { issue: 3, done: true },
  QDnsMailExchangeRecord: { issue: 3, done: true },
  QDnsServiceRecord: { issue: 3, done: true },
  QDnsTextRecord: { issue: 3, done: true },
  QDnsTlsAssociationRecord: {
    issue: 3,
    done: true,
    notes: {
      "CertificateUsage Selector MatchingType": different("the numbers of RFC 6698"),
    },
  },
  QDnsLookup: {
    issue: 3,
    done: true,
    unions: { Error: "DnsLookupErrorCode", Protocol: "DnsLookupProtocol" },
    notes: {
      "Type": different('as the DNS writes it: `"A"`, `"MX"`, `"TXT"`, …'),
      "setName setType setNameserver setNameserverPort setNameserverProtocol": different(
        "given to the constructor: a look-up is for one question",
      ),
      "nameChanged typeChanged nameserverChanged nameserverPortChanged nameserverProtocolChanged":
        absent("a look-up is for one question, which does not change"),
      "setSslConfiguration sslConfiguration": planned(5),
    },
  },
  QNetworkDatagram: {
    issue: 3,
    done: true,
    value: true,
    notes: {
      "setSender": different("`with({ senderAddress, senderPort })`"),
      "setDestination": different("the constructor, or `with({ destinationAddress, … })`"),
      "setHopLimit setInterfaceIndex setData": different("`with()`"),
      "isNull": named("isNull"),
      "isValid": named("isValid"),
    },
  },
  QNetworkAddressEntry: {
    issue: 3,
    done: true,
    value: true,
    unions: { DnsEligibilityStatus: "DnsEligibility" },
    notes: {
      "DnsEligibilityStatus::DnsEligibilityUnknown": named('"unknown"'),
      "DnsEligibilityStatus::DnsIneligible": named('"ineligible"'),
      "DnsEligibilityStatus::DnsEligible": named('"eligible"'),
      "setAddressLifetime clearAddressLifetime": different(
        "`with({ preferredLifetime, validityLifetime })`",
      ),
    },
  },
  QNetworkInterface: {
    issue: 3,
    done: true,
    value: true,
    notes: {
      "InterfaceFlag::IsLoopBack": named('"isLoopBack"'),
      "InterfaceType::SixLoWPAN": named('"sixLoWPAN"'),
      "InterfaceType::Ieee80211": different('`"wifi"`, which it equals in Qt too'),
    },
  },
  QNetworkInformation: {
    issue: 3,
    done: true,
    notes: {
      "backendName supports supportedFeatures loadDefaultBackend loadBackendByName": absent(
        "there is one backend, always loaded",
      ),
      "loadBackendByFeatures load availableBackends Feature": absent(
        "there is one backend, always loaded",
      ),
      "isBehindCaptivePortal isBehindCaptivePortalChanged isMetered isMeteredChanged": absent(
        "no system tells Deno",
      ),
      "transportMedium transportMediumChanged TransportMedium": absent("no system tells Deno"),
    },
  },
  QNetworkProxyQuery: {
    issue: 4,
    value: true,
    notes: { "QueryType::SctpSocket QueryType::SctpServer": sctp },
  },
  QNetworkProxy: {
    issue: 4,
    value: true,
    notes: {
      "header setHeader hasRawHeader rawHeaderList rawHeader setRawHeader": named("headers"),
      "ProxyType::NoProxy": named('"none"'),
      "Capability::SctpTunnelingCapability Capability::SctpListeningCapability": sctp,
    },
  },
  QNetworkProxyFactory: {
    issue: 4,
    notes: { "usesSystemConfiguration setUseSystemConfiguration": named("useSystemConfiguration") },
  },
  QAuthenticator: {
    issue: 1,
    notes: {
      "setOption": planned(4),
      "isNull clear detach": different("left untouched, it means: cancel"),
    },
  },
};
