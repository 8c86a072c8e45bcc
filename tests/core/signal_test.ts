import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { InvalidStateError, LimitExceededError } from "../../core/error.ts";
import { Signal } from "../../core/signal.ts";

/** Runs `act` and gives what was reported as uncaught meanwhile. */
async function reported(act: () => void, count: number): Promise<unknown[]> {
  const errors: unknown[] = [];
  const all = Promise.withResolvers<void>();
  const listener = (event: ErrorEvent) => {
    event.preventDefault();
    errors.push(event.error);
    if (errors.length === count) all.resolve();
  };
  globalThis.addEventListener("error", listener);
  try {
    act();
    await all.promise;
  } finally {
    globalThis.removeEventListener("error", listener);
  }
  return errors;
}

Deno.test("Signal.emit() calls slots in the order in which they were connected", () => {
  const signal = new Signal<[word: string, count: number]>();
  const calls: string[] = [];
  signal.emit("nobody", 0);
  signal.connect((word, count) => calls.push(`1 ${word} ${count}`));
  signal.connect((word) => calls.push(`2 ${word}`));
  signal.emit("a", 1);
  assertEquals(calls, ["1 a 1", "2 a"]);
  assertEquals(signal.listenerCount, 2);
});

Deno.test("Signal.connect() within an emission counts from the next one", () => {
  const signal = new Signal();
  const calls: string[] = [];
  signal.connect(() => {
    calls.push("outer");
    if (calls.length === 1) signal.connect(() => calls.push("inner"));
  });
  signal.emit();
  signal.emit();
  assertEquals(calls, ["outer", "outer", "inner"]);
});

Deno.test("Signal.disconnect() within an emission keeps later slots from being called", () => {
  const signal = new Signal();
  const calls: string[] = [];
  const last = () => calls.push("last");
  signal.connect(() => {
    calls.push("first");
    signal.disconnect(last);
    own.disconnect();
  });
  const own = signal.connect(() => calls.push("second"));
  signal.connect(last);
  signal.emit();
  signal.emit();
  assertEquals(calls, ["first", "first"]);
});

Deno.test("Signal.emit() within an emission runs at once, and both reach every slot", () => {
  const signal = new Signal<[number]>();
  const calls: string[] = [];
  signal.connect((n) => {
    calls.push(`a${n}`);
    if (n === 1) signal.emit(2);
  });
  signal.connect((n) => calls.push(`b${n}`));
  signal.emit(1);
  assertEquals(calls, ["a1", "a2", "b2", "b1"]);
});

Deno.test("Signal.disconnect() says whether anything was connected", () => {
  const signal = new Signal();
  const slot = () => {};
  assertEquals(signal.disconnect(slot), false);
  signal.connect(slot);
  signal.connect(slot);
  assertEquals([signal.disconnect(slot), signal.listenerCount], [true, 0]);
  signal.connect(slot);
  signal.connect(() => {});
  assertEquals([signal.disconnect(), signal.disconnect()], [true, false]);
});

Deno.test("Signal connections end by using, by once and by an AbortSignal", () => {
  const signal = new Signal();
  let calls = 0;
  {
    using connection = signal.connect(() => calls++);
    assert(connection.connected);
    signal.emit();
  }
  signal.emit();
  assertEquals(calls, 1);

  const once = signal.connect(() => {
    calls++;
    signal.emit();
  }, { once: true });
  signal.emit();
  assertEquals([calls, once.connected], [2, false]);

  const controller = new AbortController();
  const aborted = signal.connect(() => calls++, { signal: controller.signal });
  signal.emit();
  controller.abort();
  signal.emit();
  assertEquals([calls, aborted.connected, signal.listenerCount], [3, false, 0]);
  const late = signal.connect(() => calls++, { signal: controller.signal });
  assertEquals([late.connected, signal.listenerCount], [false, 0]);
});

Deno.test("Signal.connect() leaves nothing at an AbortSignal once it has ended", () => {
  const controller = new AbortController();
  const listeners = new Set<unknown>();
  const { signal } = controller;
  signal.addEventListener = (_: string, listener: unknown) => void listeners.add(listener);
  signal.removeEventListener = (_: string, listener: unknown) => void listeners.delete(listener);
  new Signal().connect(() => {}, { signal }).disconnect();
  assertEquals(listeners.size, 0);
});

Deno.test("Signal.emit() reports what slots throw after all have run and the state has changed", async () => {
  const signal = new Signal();
  const calls: string[] = [];
  const [first, second] = [new Error("first"), new Error("second")];
  signal.connect(() => {
    throw first;
  });
  signal.connect(() => {
    calls.push("ran");
    throw second;
  });
  const errors = await reported(() => {
    signal.emit();
    calls.push("state changed");
  }, 2);
  assertEquals(errors, [first, second]);
  assertEquals(calls, ["ran", "state changed"]);
});

Deno.test("Signal.emit() reports the rejection of what a slot returned", async () => {
  const signal = new Signal();
  const failure = new Error("later");
  signal.connect(async () => {
    await Promise.resolve();
    throw failure;
  });
  signal.connect(() => ({ then: "no function" }));
  signal.connect(() => null);
  assertEquals(await reported(() => signal.emit(), 1), [failure]);
});

Deno.test("Signal.next() gives the next emission, or gives up by timeout or abort", async () => {
  const signal = new Signal<[number, string]>();
  const next = signal.next();
  signal.emit(1, "one");
  signal.emit(2, "two");
  assertEquals(await next, [1, "one"]);
  const late = await assertRejects(() => signal.next({ timeout: 1 }), DOMException);
  assertEquals(late.name, "TimeoutError");
  const controller = new AbortController();
  const reason = new Error("enough");
  const aborted = signal.next({ signal: controller.signal });
  controller.abort(reason);
  assertStrictEquals(await assertRejects(() => aborted), reason);
  assertStrictEquals(
    await assertRejects(() => signal.next({ signal: controller.signal })),
    reason,
  );
  assertEquals(signal.listenerCount, 0);
});

Deno.test("Signal.end() ends iterators and rejects who waits", async () => {
  const signal = new Signal<[number]>();
  const next = signal.next();
  const loop = Array.fromAsync(signal);
  const iterator = signal[Symbol.asyncIterator]();
  const pending = iterator.next();
  signal.emit(1);
  const second = signal.next();
  signal.end();
  assertEquals(await next, [1]);
  await assertRejects(() => second, InvalidStateError);
  await assertRejects(() => signal.next(), InvalidStateError);
  assertEquals(await loop, [[1]]);
  assertEquals(await pending, { done: false, value: [1] });
  assertEquals((await iterator.next()).done, true);
  assertEquals((await signal[Symbol.asyncIterator]().next()).done, true);
  signal.restart();
  const again = signal.next();
  signal.emit(2);
  assertEquals(await again, [2]);
});

Deno.test("Signal iterators keep emissions from their making on, and stop by return", async () => {
  const signal = new Signal<[number]>();
  const iterator = signal[Symbol.asyncIterator]();
  signal.emit(1);
  signal.emit(2);
  assertEquals((await iterator.next()).value, [1]);
  const two = [iterator.next(), iterator.next()];
  signal.emit(3);
  assertEquals((await Promise.all(two)).map(({ value }) => value), [[2], [3]]);
  const waiting = [iterator.next(), iterator.next()];
  await iterator.return!();
  assertEquals((await Promise.all(waiting)).map(({ done }) => done), [true, true]);
  assertEquals(signal.listenerCount, 0);
  for await (const _ of emitting(signal)) break;
  assertEquals(signal.listenerCount, 0);
});

function emitting(signal: Signal<[number]>): AsyncIterableIterator<[number]> {
  const iterator = signal.emissions();
  signal.emit(1);
  return iterator;
}

Deno.test("Signal iterators keep 1 024 emissions, then throw LimitExceededError", async () => {
  for (const [limit, iterate] of [[1024, {}], [2, { limit: 2 }]] as const) {
    const signal = new Signal<[number]>();
    const iterator = signal.emissions(iterate);
    for (let i = 0; i <= limit; i++) signal.emit(i);
    assertEquals(signal.listenerCount, 0);
    for (let i = 0; i < limit; i++) assertEquals((await iterator.next()).value, [i]);
    const error = await assertRejects(() => iterator.next(), LimitExceededError);
    assertEquals(error.limit, "limit");
    assertEquals((await iterator.next()).done, true);
  }
});
