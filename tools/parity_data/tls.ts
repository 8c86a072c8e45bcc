/**
 * TLS and DTLS.
 *
 * @module
 */
import { absent, type Decisions, different, named, planned } from "../parity/decision.ts";

const configured = different("a field of `sslConfiguration`");
const backends = different("`availableBackends`, `supportedFeatures`, `socket.backend`");
const limbo = different("the handshake waits for `Decision.waitUntil` in `sslErrors`");

/** The decisions. */
export const tls: Decisions = {
  QSslSocket: {
    issue: 5,
    notes: {
      "protocol setProtocol peerVerifyMode setPeerVerifyMode peerVerifyDepth": configured,
      "setPeerVerifyDepth localCertificateChain setLocalCertificateChain localCertificate":
        configured,
      "setLocalCertificate privateKey setPrivateKey": configured,
      "peerVerifyName setPeerVerifyName": different("an option of `connectToHostEncrypted`"),
      "supportsSsl isProtocolSupported supportedProtocols implementedClasses isClassImplemented":
        backends,
      "isFeatureSupported activeBackend setActiveBackend sslLibraryBuildVersionNumber": backends,
      "sslLibraryBuildVersionString sslLibraryVersionNumber": different(
        "`sslLibraryVersionString`",
      ),
      "continueInterruptedHandshake handshakeInterruptedOnError": limbo,
      "encryptedBytesAvailable encryptedBytesToWrite encryptedBytesWritten": absent(
        "the backends do not say",
      ),
      "ocspResponses preSharedKeyAuthenticationRequired newSessionTicketReceived": planned(6),
      "SslMode::SslClientMode": named('"client"'),
      "SslMode::SslServerMode": named('"server"'),
      "PeerVerifyMode::VerifyNone": named('"none"'),
      "PeerVerifyMode::AutoVerifyPeer": named('"auto"'),
      "setSocketOption": named("setSocketOption"),
    },
  },
  QSslServer: {
    issue: 5,
    notes: {
      "preSharedKeyAuthenticationRequired": planned(6),
      "handshakeInterruptedOnError": limbo,
      "incomingConnection": different("the option `makeSocket`"),
    },
  },
  QSslConfiguration: {
    issue: 5,
    value: true,
    notes: {
      "localCertificate setLocalCertificate": different("the first of `localCertificateChain`"),
      "addCaCertificate addCaCertificates": different("`with({ caCertificates })`"),
      "setSslOption testSslOption": different("fields of their own"),
      "handshakeMustInterruptOnError setHandshakeMustInterruptOnError": limbo,
      "defaultConfiguration setDefaultConfiguration": named("default"),
      "backendConfiguration setBackendConfigurationOption setBackendConfiguration": absent(
        "each thing a backend can do has a field of its own",
      ),
      "ocspStaplingEnabled setOcspStaplingEnabled": named("ocspStapling"),
      "NextProtocolNegotiationStatus nextProtocolNegotiationStatus": different(
        "`nextNegotiatedProtocol`, or `null`",
      ),
      "sessionTicket setSessionTicket sessionTicketLifeTimeHint ephemeralServerKey": planned(6),
      "ellipticCurves setEllipticCurves supportedEllipticCurves": planned(6),
      "preSharedKeyIdentityHint setPreSharedKeyIdentityHint diffieHellmanParameters": planned(6),
      "setDiffieHellmanParameters dtlsCookieVerificationEnabled": planned(6),
      "setDtlsCookieVerificationEnabled defaultDtlsConfiguration": planned(6),
      "setDefaultDtlsConfiguration": planned(6),
    },
  },
  QSslCertificate: {
    issue: 5,
    value: true,
    notes: {
      "fromDevice": different("`fromData`"),
      "PatternSyntax::RegularExpression": different("a `RegExp`"),
      "SubjectInfo": different('the short names of RFC 4514: `"CN"`, `"O"`, `"OU"`, …'),
    },
  },
  QSslCertificateExtension: { issue: 5, value: true },
  QSslKey: { issue: 5, value: true },
  QSslCipher: { issue: 5, value: true },
  QSslError: {
    issue: 5,
    value: true,
    notes: { "error": named("code"), "SslError::UnspecifiedError": named('"unspecifiedError"') },
  },
  QSslEllipticCurve: { issue: 5, value: true },
  QSslDiffieHellmanParameters: { issue: 5, value: true },
  QSslPreSharedKeyAuthenticator: { issue: 6 },
  QDtlsClientVerifier: { issue: 6 },
  QDtls: { issue: 6 },
  QOcspResponse: { issue: 6, value: true },
  QPasswordDigestor: { issue: 5 },
  QSsl: {
    here: "SslSocket",
    issue: 5,
    notes: {
      "SslProtocol::AnyProtocol SslProtocol::TlsV1_0 SslProtocol::TlsV1_1": absent("RFC 8996"),
      "SslProtocol::TlsV1_0OrLater SslProtocol::TlsV1_1OrLater": absent("RFC 8996"),
      "SslProtocol::DtlsV1_0 SslProtocol::DtlsV1_0OrLater": absent("RFC 8996"),
      "SslProtocol::DtlsV1_2 SslProtocol::DtlsV1_2OrLater": planned(6),
      "SslProtocol::SecureProtocols": named('"secureProtocols"'),
      "SslProtocol::UnknownProtocol": different("`null`"),
      "SslOption": different("fields of `SslConfiguration`"),
      "ImplementedClass": backends,
      "AlternativeNameEntryType": different("the fields of `subjectAlternativeNames`"),
    },
  },
};
