import { assertEquals, assertThrows } from "@std/assert";
import { ByteReader } from "../../protocol/byte_reader.ts";
import { RemoteProtocolError } from "../../protocol/error.ts";
import { advance, type Dialogue, type Parser, parseWhole } from "../../protocol/exchange.ts";
import { dialogue, latin1, play } from "../_support/play.ts";

function* greet(reader: ByteReader): Dialogue<string> {
  yield latin1("HELLO");
  const [length] = yield* reader.exactly(1);
  yield latin1("MORE");
  return new TextDecoder().decode(yield* reader.exactly(length!));
}

function* sized(reader: ByteReader): Parser<number> {
  const [length] = yield* reader.exactly(1);
  return (yield* reader.exactly(length!)).length;
}

Deno.test("advance() gives what a dialogue sends before it waits, and its value", () => {
  const reader = new ByteReader();
  const run = greet(reader);
  assertEquals(advance(run), { done: false, send: [latin1("HELLO")] });
  assertEquals(advance(run), { done: false, send: [] });
  reader.feed(latin1("\x02ab!"));
  assertEquals(advance(run), { done: true, send: [latin1("MORE")], value: "ab" });
  assertEquals(reader.rest(), latin1("!"));
});

Deno.test("A dialogue plays the same however its input is cut", () => {
  const events = play(() => dialogue(greet), "\x02ab!!");
  assertEquals(events, [
    { type: "sent", bytes: latin1("HELLO") },
    { type: "sent", bytes: latin1("MORE") },
    { type: "value", value: "ab" },
    { type: "rest", bytes: latin1("!!") },
  ]);
});

Deno.test("parseWhole() gives the value and the rest", () => {
  assertEquals(parseWhole(sized, latin1("\x02abcd")), { value: 2, rest: latin1("cd") });
});

Deno.test("parseWhole() throws when the input is too short, also for a parser that waits", () => {
  assertThrows(() => parseWhole(sized, latin1("\x05ab")), RemoteProtocolError, "closed after 2");
  const waits = function* (): Parser<void> {
    yield;
  };
  assertThrows(() => parseWhole(waits, latin1("ab")), RemoteProtocolError, "2 bytes");
});
