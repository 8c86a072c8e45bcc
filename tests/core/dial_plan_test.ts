import { assertEquals, assertRejects } from "@std/assert";
import { interleave, race } from "../../core/_dial_plan.ts";
import { HostAddress } from "../../protocol/host_address.ts";

const list = (text: string) => text.split(" ").map((each) => new HostAddress(each));

Deno.test("interleave() alternates the families and begins with the resolver's first", () => {
  const rows = {
    "::1 ::2 1.1.1.1 2.2.2.2": "::1 1.1.1.1 ::2 2.2.2.2",
    "1.1.1.1 ::1 ::2 ::3": "1.1.1.1 ::1 ::2 ::3",
    "1.1.1.1 2.2.2.2 ::1": "1.1.1.1 ::1 2.2.2.2",
    "::2 ::1": "::2 ::1",
    "::ffff:1.1.1.1 1.1.1.1": "::ffff:1.1.1.1 1.1.1.1",
  };
  for (const [resolved, tried] of Object.entries(rows)) {
    assertEquals(interleave(list(resolved)).join(" "), tried);
  }
});

/** Attempts that a test decides by hand. */
class Track {
  readonly started: string[] = [];
  readonly aborted: string[] = [];
  readonly discarded: string[] = [];
  readonly #runners = new Map<string, PromiseWithResolvers<string>>();
  readonly #starts = new Map<string, PromiseWithResolvers<void>>();

  readonly connect = (address: HostAddress, signal: AbortSignal): Promise<string> => {
    const name = `${address}`;
    this.started.push(name);
    this.hasStarted(name);
    this.#starts.get(name)!.resolve();
    signal.addEventListener("abort", () => this.aborted.push(name));
    return this.runner(name).promise;
  };
  readonly discard = (loser: string): void => void this.discarded.push(loser);

  runner(name: string): PromiseWithResolvers<string> {
    if (!this.#runners.has(name)) this.#runners.set(name, Promise.withResolvers());
    return this.#runners.get(name)!;
  }

  hasStarted(name: string): Promise<void> {
    if (!this.#starts.has(name)) this.#starts.set(name, Promise.withResolvers());
    return this.#starts.get(name)!.promise;
  }
}

Deno.test("race() needs one attempt when the first connects", async () => {
  const track = new Track();
  const winner = race(list("::1 1.1.1.1"), track);
  track.runner("::1").resolve("six");
  assertEquals([await winner, track.started], ["six", ["::1"]]);
});

Deno.test("race() goes on at once when an attempt fails", async () => {
  const track = new Track();
  const winner = race(list("::1 1.1.1.1"), { ...track, delay: 2 ** 30 });
  track.runner("::1").reject(new Error("unreachable"));
  await track.hasStarted("1.1.1.1");
  track.runner("1.1.1.1").resolve("four");
  assertEquals(await winner, "four");
});

Deno.test("race() starts the next beside one that hangs, and gives the losers up", async () => {
  const track = new Track();
  const winner = race(list("::1 1.1.1.1 ::2"), { ...track, delay: 1 });
  await track.hasStarted("::2");
  track.runner("1.1.1.1").resolve("four");
  assertEquals(await winner, "four");
  assertEquals(track.aborted, ["::1", "1.1.1.1", "::2"]);
  // Too late: it connected all the same.
  track.runner("::2").resolve("six");
  track.runner("::1").reject(new Error("aborted"));
  await track.runner("::2").promise;
  assertEquals(track.discarded, ["six"]);
});

Deno.test("race() lets an attempt win that started before others", async () => {
  const track = new Track();
  const winner = race(list("::1 1.1.1.1"), { ...track, delay: 1 });
  await track.hasStarted("1.1.1.1");
  track.runner("1.1.1.1").reject(new Error("refused"));
  track.runner("::1").resolve("six");
  assertEquals(await winner, "six");
});

Deno.test("race() rejects with every failure when nothing connects", async () => {
  const track = new Track();
  const winner = race(list("::1 1.1.1.1"), track);
  for (const [name, text] of [["::1", "unreachable"], ["1.1.1.1", "refused"]] as const) {
    track.runner(name).reject(new Error(text));
  }
  const { errors } = await assertRejects(() => winner, AggregateError);
  assertEquals(errors.map(({ message }) => message), ["unreachable", "refused"]);
});

Deno.test("race() ends with the reason of its signal", async () => {
  const track = new Track();
  const { signal, abort } = abortable();
  const winner = race(list("::1 1.1.1.1"), { ...track, signal });
  await track.hasStarted("::1");
  abort(new Error("enough"));
  await assertRejects(() => winner, Error, "enough");
  assertEquals(track.aborted, ["::1"]);
  track.runner("::1").resolve("six");
  await track.runner("::1").promise;
  assertEquals(track.discarded, ["six"]);
  await assertRejects(() => race(list("::1"), { ...track, signal }), Error, "enough");
  assertEquals(track.started, ["::1"]);
});

function abortable(): { signal: AbortSignal; abort: (reason: unknown) => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: (reason) => controller.abort(reason) };
}
