import { assertEquals, assertInstanceOf, assertStrictEquals } from "@std/assert";
import { socketErrorFrom } from "../../core/_error_border.ts";
import {
  InvalidStateError,
  LimitExceededError,
  LocalProtocolError,
  NetworkingError,
  ProtocolError,
  RemoteProtocolError,
  SocketError,
} from "../../core/error.ts";
import { PermissionError } from "../../core/permission.ts";

Deno.test("The error tree branches by class and by code", () => {
  const limit = new LimitExceededError("maxHeaderSize", "Cannot read head: above 64 KiB");
  for (const type of [RemoteProtocolError, ProtocolError, NetworkingError, Error]) {
    assertInstanceOf(limit, type);
  }
  assertEquals([limit.name, limit.code, limit.limit], [
    "LimitExceededError",
    "limitExceeded",
    "maxHeaderSize",
  ]);
  const cause = new Error("underneath");
  const socket = new SocketError("network", "Cannot send: network down", { cause });
  assertInstanceOf(socket, NetworkingError);
  assertEquals([socket.name, socket.code, socket.cause], ["SocketError", "network", cause]);
  assertEquals(new LocalProtocolError("Cannot send x: y").code, "protocol");
  assertEquals(new InvalidStateError("Cannot read: closed").name, "InvalidStateError");
});

Deno.test("socketErrorFrom() knows Deno's classes and the codes of node", () => {
  const rows: [error: unknown, code: string, sentence: string][] = [
    [new Deno.errors.ConnectionRefused("x"), "connectionRefused", "connection refused"],
    [
      new Deno.errors.ConnectionReset("x"),
      "remoteHostClosed",
      "the remote host closed the connection",
    ],
    [new Deno.errors.BrokenPipe("x"), "remoteHostClosed", "the remote host has closed its side"],
    [new Deno.errors.AddrInUse("x"), "addressInUse", "address in use"],
    [new Deno.errors.NotFound("x"), "hostNotFound", "no such socket"],
    [new Deno.errors.PermissionDenied("x"), "socketAccess", "access denied by the system"],
    [new Deno.errors.WouldBlock("x"), "temporary", "not possible just now"],
    [new Deno.errors.BadResource("x"), "operation", "the socket is closed"],
    [new Deno.errors.Interrupted("x"), "operation", "the socket was closed meanwhile"],
    [new DOMException("x", "TimeoutError"), "socketTimeout", "connection timed out"],
    [withCode("ENETUNREACH"), "network", "network unreachable"],
    [withCode("EMFILE"), "socketResource", "too many open files"],
    [withCode("EMSGSIZE"), "datagramTooLarge", "the datagram is too large"],
    [
      withCode("EADDRNOTAVAIL"),
      "socketAddressNotAvailable",
      "address not available on this machine",
    ],
    [withCode("ENOTFOUND"), "hostNotFound", "host not found"],
    [new Error("failed to lookup address information: x"), "hostNotFound", "host not found"],
    [new Error("what nobody knows"), "network", "what nobody knows"],
    ["a string", "network", "a string"],
    [null, "network", "null"],
  ];
  for (const [thrown, code, sentence] of rows) {
    const error = socketErrorFrom(thrown, "do x");
    assertEquals([error.code, error.message], [code, `Cannot do x: ${sentence}`]);
    assertStrictEquals(error.cause, thrown);
  }
  assertEquals(
    socketErrorFrom(new Error("?"), "do x", { otherwise: "operation" }).code,
    "operation",
  );
});

Deno.test("socketErrorFrom() leaves a SocketError as it is", () => {
  const error = new SocketError("temporary", "Cannot send: not possible just now");
  assertStrictEquals(socketErrorFrom(error, "do x"), error);
});

Deno.test("socketErrorFrom() turns denials into socketAccess with a PermissionError as cause", () => {
  const message = 'Requires net access to "127.0.0.1:80", run again with the --allow-net flag';
  const read = socketErrorFrom(new Deno.errors.NotCapable(message), "do x");
  assertEquals([read.code, read.message], [
    "socketAccess",
    "Cannot do x: it needs --allow-net=127.0.0.1:80",
  ]);
  assertInstanceOf(read.cause, PermissionError);
  assertEquals(read.cause.descriptor, { name: "net", host: "127.0.0.1:80" });

  const known = socketErrorFrom(new Deno.errors.NotCapable("?"), "do x", {
    need: { name: "ffi", path: "/l" },
  });
  assertEquals((known.cause as PermissionError).flag, "--allow-ffi=/l");
  const whole = socketErrorFrom(new Deno.errors.NotCapable("Requires env access, run"), "do x");
  assertEquals((whole.cause as PermissionError).flag, "--allow-env");

  const own = new PermissionError({ name: "net" }, { refusedBy: "scope" });
  const scoped = socketErrorFrom(own, "do x");
  assertEquals(scoped.message, "Cannot do x: its scope does not allow it");
  assertStrictEquals(scoped.cause, own);
});

function withCode(code: string): Error {
  return Object.assign(new Error(code), { code });
}
