/**
 * WebSockets, WebChannel, the HTTP server.
 *
 * @module
 */
import { absent, type Decisions, different, named } from "../parity/decision.ts";

const limbo = different("the handshake waits for `Decision.waitUntil` in `sslErrors`");

/** The decisions. */
export const web: Decisions = {
  QWebSocket: {
    issue: 10,
    notes: {
      "maskGenerator setMaskGenerator": absent("masks are random: RFC 6455 section 5.3"),
      "continueInterruptedHandshake handshakeInterruptedOnError": limbo,
      "version": absent("13: there is no other"),
      "isValid": different("`state`"),
      "maxIncomingMessageSize maxIncomingFrameSize maxOutgoingFrameSize": different(
        "only the protocol's own limits",
      ),
    },
  },
  QWebSocketServer: {
    issue: 10,
    notes: {
      "handshakeTimeoutMS": different("`handshakeTimeout`, in milliseconds"),
      "handshakeInterruptedOnError": limbo,
      "supportedVersions": absent("13: there is no other"),
      "secureMode SslMode": different("whether an `sslConfiguration` was given"),
    },
  },
  QWebSocketCorsAuthenticator: { issue: 10 },
  QWebSocketHandshakeOptions: {
    issue: 10,
    notes: { "subprotocols setSubprotocols": different("the option `subprotocols` of `open`") },
  },
  QMaskGenerator: { issue: 10, whole: absent("masks are random: RFC 6455 section 5.3") },
  QWebChannel: { issue: 11 },
  QWebChannelAbstractTransport: { here: "WebChannelTransport", issue: 11 },
  QWebSocketProtocol: {
    here: "WebSocket",
    issue: 10,
    notes: {
      "Version": absent("13: there is no other"),
      "CloseCode": different("the numbers of RFC 6455 section 7.4"),
    },
  },
  QAbstractHttpServer: { here: "HttpServer", issue: 10 },
  QHttpServer: { issue: 10 },
  QHttpServerRequest: {
    issue: 10,
    notes: { "Method": different("the method's name") },
  },
  QHttpServerResponse: { issue: 10, value: true },
  QHttpServerResponder: {
    issue: 10,
    notes: {
      "writeBeginChunked writeChunk writeEndChunked": different("a body that is a stream"),
      "StatusCode": different("the number"),
    },
  },
  QHttpServerRouter: {
    issue: 10,
    notes: {
      "addConverter removeConverter clearConverters converters": different(
        "a route is text or a `URLPattern`",
      ),
      "addRule": named("HttpServer.route"),
    },
  },
  QHttpServerRouterRule: { issue: 10, whole: different("`HttpServer.route`") },
  QHttpServerWebSocketUpgradeResponse: { issue: 10 },
};
