import { assert, assertEquals, AssertionError, assertThrows } from "@std/assert";
import { RemoteProtocolError } from "../../protocol/error.ts";
import { junk } from "./junk.ts";
import type { Playable } from "./play.ts";

function onReceive(receive: () => object[]): () => Playable {
  return () => ({ receive });
}

Deno.test("junk() counts refusals, thrown or as events", () => {
  const error = new RemoteProtocolError("Cannot read: no");
  const throwing = onReceive(() => {
    throw error;
  });
  assert(junk(throwing, ["abc"], { rounds: 20 }) > 10);
  assert(junk(onReceive(() => [{ type: "error", error }]), ["abc"], { rounds: 20 }) > 10);
  assertEquals(junk(onReceive(() => []), ["abc"], { rounds: 20 }), 0);
});

Deno.test("junk() fails on any other error, naming seed and input", () => {
  const broken = onReceive(() => {
    throw new TypeError("undefined is not a function");
  });
  const message = assertThrows(() => junk(broken, ["abc"]), AssertionError).message;
  assert(message.includes("TypeError") && message.includes("{ seed: 1, rounds: 1 }"), message);
  const event = onReceive(() => [{ type: "error", error: new RangeError("no") }]);
  assertThrows(() => junk(event, ["abc"]), AssertionError, "RangeError");
});

Deno.test("junk() fails when more events come than bytes, or they come too slowly", () => {
  const flood = onReceive(() => Array(10_000).fill({ type: "data" }));
  assertThrows(() => junk(flood, ["abc"]), AssertionError, "More events");
  assertThrows(() => junk(onReceive(() => []), ["abc"], { slow: -1 }), AssertionError, "It took");
});
