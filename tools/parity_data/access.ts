/**
 * The access manager, its requests and replies, cookies, cache, REST.
 *
 * @module
 */
import { absent, type Decisions, different, named, planned } from "../parity/decision.ts";

const headers = different("`headers`, an `HttpHeaders`");
const engine = absent("the reply's own business: a scheme is a `Handler`, no subclass");
const option = different("an option of the request");

/** The decisions. */
export const access: Decisions = {
  QNetworkAccessManager: {
    issue: 7,
    notes: {
      "cache setCache": planned(8),
      "isStrictTransportSecurityEnabled setStrictTransportSecurityEnabled": different(
        "the option `strictTransportSecurity`",
      ),
      "enableStrictTransportSecurityStore isStrictTransportSecurityStoreEnabled": different(
        "an `HstsPolicy` store given to the constructor",
      ),
      "autoDeleteReplies setAutoDeleteReplies": absent("memory is collected"),
      "preSharedKeyAuthenticationRequired": planned(6),
      "createRequest": different("the option `layers`"),
      "Operation": different("the method's name, as `NetworkReply.operation`"),
    },
  },
  QNetworkRequest: {
    issue: 7,
    value: true,
    notes: {
      "header setHeader hasRawHeader rawHeaderList rawHeader setRawHeader KnownHeaders": headers,
      "attribute setAttribute": option,
      "http2Configuration setHttp2Configuration": planned(9),
      "maximumRedirectsAllowed setMaximumRedirectsAllowed": named("maxRedirects"),
      "Attribute::HttpStatusCodeAttribute": different("`NetworkReply.httpStatus`"),
      "Attribute::HttpReasonPhraseAttribute": different("`NetworkReply.reasonPhrase`"),
      "Attribute::RedirectionTargetAttribute": different("the signal `redirected`"),
      "Attribute::ConnectionEncryptedAttribute": different("`NetworkReply.sslConfiguration`"),
      "Attribute::SourceIsFromCacheAttribute": different("`NetworkReply.fromCache`"),
      "Attribute::HttpPipeliningWasUsedAttribute Attribute::Http2WasUsedAttribute": different(
        "`NetworkReply.httpVersion`",
      ),
      "Attribute::OriginalContentLengthAttribute": different("`NetworkReply.headers`"),
      "Attribute::MaximumDownloadBufferSizeAttribute Attribute::DownloadBufferAttribute": different(
        "`NetworkReply.readBufferSize`",
      ),
      "Attribute::DoNotBufferUploadDataAttribute": absent("uploads are never buffered whole"),
      "Attribute::SynchronousRequestAttribute": absent("nothing here blocks"),
      "Attribute::AutoDeleteReplyOnFinishAttribute": absent("memory is collected"),
      "Attribute::ResourceTypeAttribute": absent("Qt's WebKit used it"),
      "Attribute::BackgroundRequestAttribute": absent("bearer management is gone from Qt too"),
      "Attribute::CustomVerbAttribute": different("`sendCustomRequest`"),
      "Attribute": option,
      "CacheLoadControl::PreferCache": named('"preferCache"'),
      "CacheLoadControl::AlwaysCache": named('"alwaysCache"'),
      "TransferTimeoutConstant": different("30 000, the default of `transferTimeout`"),
    },
  },
  QNetworkReply: {
    issue: 7,
    notes: {
      "isRunning": different("`!isFinished`"),
      "header hasRawHeader rawHeaderList rawHeader rawHeaderPairs": headers,
      "attribute": different("properties: `httpStatus`, `reasonPhrase`, `fromCache`, …"),
      "setSslConfiguration": different("the request's `sslConfiguration`"),
      "setOperation setRequest setError setFinished setUrl setHeader setRawHeader": engine,
      "setHeaders setWellKnownHeader setAttribute": engine,
      "preSharedKeyAuthenticationRequired": planned(6),
      "NetworkError::NetworkSessionFailedError": absent("bearer management is gone from Qt too"),
      "NetworkError::BackgroundRequestNotAllowedError": absent(
        "bearer management is gone from Qt too",
      ),
    },
  },
  QHttpHeaders: {
    issue: 7,
    notes: {
      "replace replaceOrAppend setDateTimeValue": named("set"),
      "contains": named("has"),
      "removeAll removeAt": named("delete"),
      "value": named("get"),
      "insert": different("`append`, in the order of the wire"),
      "valueAt nameAt": different("iteration gives `[name, value]`"),
      "combinedValue intValue intValues intValueAt": different("text of `get` and `values`"),
      "dateTimeValue dateTimeValues dateTimeValueAt": different("text of `get` and `values`"),
      "reserve": absent("nothing to gain"),
      "isEmpty": different("`size === 0`"),
      "clear": different("a new `HttpHeaders`"),
      "fromListOfPairs fromMultiMap fromMultiHash": different("`new HttpHeaders(init)`"),
      "toListOfPairs toMultiMap toMultiHash": different("`[...headers]`, `toHeaders()`"),
      "wellKnownHeaderName WellKnownHeader": different("the name as text, in any case"),
    },
  },
  QNetworkCookie: {
    issue: 7,
    value: true,
    notes: { "isSessionCookie": different("`expirationDate === null`") },
  },
  QNetworkCookieJar: { issue: 7 },
  QNetworkCacheMetaData: { issue: 8, value: true, notes: { "rawHeaders": named("headers") } },
  QAbstractNetworkCache: { issue: 8 },
  QNetworkDiskCache: { issue: 8 },
  QHstsPolicy: { issue: 7, value: true },
  QHttpPart: {
    issue: 7,
    value: true,
    notes: {
      "setHeader setRawHeader": different("the option `headers`"),
      "setBody setBodyDevice": different("the option `body`"),
    },
  },
  QHttpMultiPart: {
    issue: 7,
    notes: { "setContentType": different("the first argument of the constructor") },
  },
  QFormDataPartBuilder: { issue: 7 },
  QFormDataBuilder: { issue: 7 },
  QHttp1Configuration: { issue: 7, value: true },
  QHttp2Configuration: {
    issue: 9,
    value: true,
    notes: {
      "serverPushEnabled setServerPushEnabled": absent("RFC 9113 servers push no more"),
    },
  },
  QNetworkRequestFactory: {
    issue: 9,
    value: true,
    notes: {
      "clearCommonHeaders clearBearerToken clearUserName clearPassword clearQueryParameters":
        different("`with({ … })`"),
      "clearAttribute clearAttributes attribute setAttribute": different("options of the request"),
    },
  },
  QRestAccessManager: { issue: 9 },
  QRestReply: {
    issue: 9,
    notes: {
      "readJson": named("json"),
      "readBody": named("bytes"),
      "readText": named("text"),
    },
  },
};
