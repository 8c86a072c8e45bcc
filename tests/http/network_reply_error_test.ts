import { assertEquals, assertInstanceOf, assertStrictEquals } from "@std/assert";
import { NetworkingError, SocketError, type SocketErrorCode } from "../../core/error.ts";
import { replyErrorFrom, statusError } from "../../http/_reply_errors.ts";
import { NetworkReplyError } from "../../http/network_reply_error.ts";
import { LimitExceededError, RemoteProtocolError } from "../../protocol/error.ts";

Deno.test("NetworkReplyError is a NetworkingError with a code and a cause", () => {
  const cause = new Error("x");
  const error = new NetworkReplyError("timeout", "Cannot get: it is late", { cause });
  assertInstanceOf(error, NetworkingError);
  assertEquals([error.name, error.code, error.cause], ["NetworkReplyError", "timeout", cause]);
});

Deno.test("NetworkReplyError names socket errors in the words of replies", () => {
  const codes: Partial<Record<SocketErrorCode, string>> = {
    connectionRefused: "connectionRefused",
    remoteHostClosed: "remoteHostClosed",
    hostNotFound: "hostNotFound",
    socketTimeout: "timeout",
    temporary: "temporaryNetworkFailure",
    socketAccess: "unknownNetwork",
    network: "unknownNetwork",
  };
  for (const [code, expected] of Object.entries(codes)) {
    const cause = new SocketError(code as SocketErrorCode, "Cannot connect: no");
    const error = replyErrorFrom(cause, "get http://a/");
    assertEquals([error.code, error.message, error.cause], [expected, cause.message, cause]);
  }
  const reset = replyErrorFrom(new Deno.errors.ConnectionReset("x"), "get http://a/");
  assertEquals([reset.code, (reset.cause as SocketError).code], [
    "remoteHostClosed",
    "remoteHostClosed",
  ]);
});

Deno.test("NetworkReplyError keeps what broke the protocol as its cause", () => {
  const early = new RemoteProtocolError("Cannot read body: it ended", { code: "closed" });
  const error = replyErrorFrom(early, "get http://a/");
  assertEquals([error.code, error.cause], ["remoteHostClosed", early]);
  assertEquals(error.message, "Cannot get http://a/: cannot read body: it ended");
  const limit = new LimitExceededError("maxFields", "Cannot read header: too many");
  assertEquals(replyErrorFrom(limit, "get").code, "protocolFailure");
  assertStrictEquals(replyErrorFrom(error, "get"), error);
});

Deno.test("NetworkReplyError names statuses as Qt does", () => {
  const codes: Record<number, string | undefined> = {
    200: undefined,
    304: undefined,
    399: undefined,
    400: "protocolInvalidOperation",
    401: "authenticationRequired",
    403: "contentAccessDenied",
    404: "contentNotFound",
    405: "contentOperationNotPermitted",
    407: "proxyAuthenticationRequired",
    409: "contentConflict",
    410: "contentGone",
    418: "protocolInvalidOperation",
    499: "unknownContent",
    500: "internalServer",
    501: "operationNotImplemented",
    502: "unknownServer",
    503: "serviceUnavailable",
    599: "unknownServer",
    600: "protocolFailure",
    999: "protocolFailure",
  };
  for (const [status, code] of Object.entries(codes)) {
    assertEquals(statusError(Number(status), "get http://a/")?.code, code);
  }
});
