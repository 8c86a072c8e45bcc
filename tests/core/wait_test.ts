import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { abortable, timeoutError, Waiters } from "../../core/_wait.ts";

Deno.test("abortable() cleans up once, whichever way it ends", async () => {
  let cleaned = 0;
  const clean = () => void cleaned++;
  assertEquals(await abortable((resolve) => (resolve(1), clean), { timeout: 60_000 }), 1);
  await assertRejects(() => abortable(() => clean, { timeout: 1 }), DOMException, "1 ms");
  const controller = new AbortController();
  const aborted = abortable(() => clean, { signal: controller.signal, timeout: Infinity });
  controller.abort("enough");
  assertEquals(await aborted.catch((reason) => reason), "enough");
  const failed = abortable((_, reject) => (reject("no"), clean), {});
  assertEquals(await failed.catch((reason) => reason), "no");
  assertEquals(cleaned, 4);
});

Deno.test("abortable() does not begin when the signal has aborted already", async () => {
  const never = () => {
    throw new Error("began");
  };
  const reason = await abortable(never, { signal: AbortSignal.abort("enough") }).catch((why) =>
    why
  );
  assertEquals(reason, "enough");
});

Deno.test("abortable() takes times that setTimeout cannot wait as for ever", async () => {
  const waiters = new Waiters();
  let isSo = false;
  const wait = waiters.waitFor(() => isSo || undefined, Number.MAX_SAFE_INTEGER);
  isSo = true;
  waiters.wake();
  assertEquals(await wait, true);
});

Deno.test("Waiters.waitFor() is level: it looks first, then after every wake()", async () => {
  const waiters = new Waiters();
  let state: boolean | undefined = true;
  assertEquals(await waiters.waitFor(() => state), true);
  state = false;
  assertEquals(await waiters.waitFor(() => state, -1), false);
  state = undefined;
  const both = [waiters.waitFor(() => state, -1), waiters.waitFor(() => state, -1)];
  waiters.wake();
  state = true;
  waiters.wake();
  assertEquals(await Promise.all(both), [true, true]);
});

Deno.test("Waiters.waitFor() gives false when the time is over, and rejects on an abort", async () => {
  const waiters = new Waiters();
  const never = () => undefined;
  assertEquals(await waiters.waitFor(never, 0), false);
  assertEquals(await waiters.waitFor(never, { timeout: 1 }), false);
  const reason = timeoutError(3);
  const { signal } = new AbortController();
  assertEquals(await waiters.waitFor(never, { timeout: 1, signal }), false);
  const aborted = waiters.waitFor(never, { timeout: 1, signal: AbortSignal.abort(reason) });
  assertStrictEquals(await assertRejects(() => aborted), reason);
});

Deno.test("Waiters.until() rejects with what its condition throws", async () => {
  const waiters = new Waiters();
  const failure = new Error("broken");
  let isBroken = false;
  const decide = () => {
    if (isBroken) throw failure;
    return undefined;
  };
  const wait = waiters.until(decide);
  isBroken = true;
  waiters.wake();
  assertStrictEquals(await assertRejects(() => wait), failure);
  assertStrictEquals(await assertRejects(() => waiters.until(decide)), failure);
});
