import { assertEquals, assertThrows } from "@std/assert";
import { RemoteProtocolError } from "../../protocol/error.ts";
import { cutUp, latin1, play, type Playable, random } from "./play.ts";

/** Gives each chunk back as data; `event` tells of chunks besides. */
function echo(event?: (chunk: Uint8Array) => object[]): Playable {
  return { receive: (bytes) => [{ type: "data", bytes }, ...event?.(bytes) ?? []] };
}

Deno.test("play() joins pieces of data and gives the events", () => {
  assertEquals(play(() => echo(), "abc"), [{ type: "data", bytes: latin1("abc") }]);
});

Deno.test("play() fails when an event depends on the cuts", () => {
  const lengths = () => echo((chunk) => [{ type: "length", length: chunk.length }]);
  assertThrows(() => play(lengths, "abc"), Error, "byte by byte");
  // Whole and byte by byte agree; only chunks of two show the fault.
  const twos = () => echo((chunk) => chunk.length === 2 ? [{ type: "two" }] : []);
  assertThrows(() => play(twos, "abcdefgh"), Error, "seed: ");
});

Deno.test("play() compares what headers hold, and errors by their words", () => {
  const headers = (value: string) => ({ type: "head", headers: new Map([["a", value]]) });
  let runs = 0;
  const changing = () => echo((chunk) => chunk.length > 0 ? [headers(`${runs++}`)] : []);
  assertThrows(() => play(changing, "a"), Error, "byte by byte");
  const throwing = (): Playable => ({
    receive() {
      throw new RemoteProtocolError("Cannot read: no", { code: "x" });
    },
  });
  assertEquals(play(throwing, "ab"), [{
    type: "thrown",
    error: { name: "RemoteProtocolError", message: "Cannot read: no", code: "x" },
  }]);
});

Deno.test("play() ends the protocol and takes the rest", () => {
  const kept: number[] = [];
  const keeper = (): Playable => {
    kept.length = 0;
    return {
      receive: (chunk) => (kept.push(...chunk), []),
      end: () => [{ type: "ended" }],
      rest: () => Uint8Array.from(kept),
    };
  };
  const rest = { type: "rest", bytes: latin1("ab") };
  assertEquals(play(keeper, "ab"), [{ type: "ended" }, rest]);
  assertEquals(play(keeper, "ab", { close: false }), [rest]);
});

Deno.test("random() repeats for a seed and differs between seeds", () => {
  const numbers = (seed: number) => Array.from({ length: 3 }, random(seed));
  assertEquals(numbers(1), numbers(1));
  assertEquals(numbers(1).some((n, i) => n === numbers(2)[i]), false);
});

Deno.test("cutUp() loses nothing", () => {
  assertEquals(cutUp(latin1("abcde"), () => 2), [latin1("ab"), latin1("cd"), latin1("e")]);
});
