import { assertEquals, assertInstanceOf } from "@std/assert";
import { NetworkingError } from "../../core/error.ts";
import { DnsLookupError } from "../../net/dns_lookup_error.ts";

Deno.test("DnsLookupError carries Qt's word, a sentence and its cause", () => {
  const cause = new Error("why");
  const error = new DnsLookupError("timeout", "Cannot look up: too late", { cause });
  assertInstanceOf(error, NetworkingError);
  assertEquals([error.name, error.code, error.message, error.cause], [
    "DnsLookupError",
    "timeout",
    "Cannot look up: too late",
    cause,
  ]);
});
