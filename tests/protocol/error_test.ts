import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import {
  LimitExceededError,
  LocalProtocolError,
  NetworkingError,
  ProtocolError,
  RemoteProtocolError,
} from "../../protocol/error.ts";

Deno.test("NetworkingError has its code, message and cause", () => {
  const cause = new Error("underneath");
  const error = new NetworkingError("dns", "Cannot resolve a: it is unknown", { cause });
  assert(error instanceof Error);
  assertEquals([error.name, error.code, error.message], [
    "NetworkingError",
    "dns",
    "Cannot resolve a: it is unknown",
  ]);
  assertStrictEquals(error.cause, cause);
});

Deno.test("ProtocolError has the code protocol unless another is given", () => {
  assertEquals(new ProtocolError("x").code, "protocol");
  assertEquals(new RemoteProtocolError("x", { code: "closed" }).code, "closed");
});

Deno.test("LocalProtocolError and RemoteProtocolError tell whose fault it was", () => {
  const local = new LocalProtocolError("x");
  const remote = new RemoteProtocolError("x");
  assert(local instanceof ProtocolError && remote instanceof ProtocolError);
  assert(!(local instanceof RemoteProtocolError) && !(remote instanceof LocalProtocolError));
  assertEquals([local.name, remote.name], ["LocalProtocolError", "RemoteProtocolError"]);
});

Deno.test("LimitExceededError names the option and is the peer's fault", () => {
  const error = new LimitExceededError("maxFields", "Cannot read HTTP header: too many");
  assert(error instanceof RemoteProtocolError);
  assertEquals([error.name, error.limit, error.code], [
    "LimitExceededError",
    "maxFields",
    "limitExceeded",
  ]);
});
