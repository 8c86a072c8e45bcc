import { assertEquals, assertRejects } from "@std/assert";
import { HostCache, type HostCacheOptions } from "../../net/_host_cache.ts";

/** A cache over a resolver that counts, with a clock of ours. */
function cacheOf(options: HostCacheOptions = {}) {
  const clock = { now: 0 };
  const cache = new HostCache<number>({ now: () => clock.now, ...options });
  let lookUps = 0;
  const find = (name: string) => cache.find(name, () => Promise.resolve(++lookUps));
  return { cache, clock, find };
}

Deno.test("HostCache.find() keeps a value for its time and no longer", async () => {
  const { clock, find } = cacheOf();
  assertEquals([await find("a"), await find("a"), await find("b")], [1, 1, 2]);
  clock.now = 59_999;
  assertEquals(await find("a"), 1);
  clock.now = 60_000;
  assertEquals([await find("a"), await find("a")], [3, 3]);
});

Deno.test("HostCache.find() lets the least recently used go", async () => {
  const { find } = cacheOf({ maxEntries: 2 });
  assertEquals([await find("a"), await find("b"), await find("a"), await find("c")], [1, 2, 1, 3]);
  assertEquals([await find("a"), await find("c"), await find("b")], [1, 3, 4]);
});

Deno.test("HostCache.find() holds 128 names", async () => {
  const { find } = cacheOf();
  for (let i = 0; i < 128; i++) await find(`${i}`);
  assertEquals(await find("0"), 1);
  await find("more");
  assertEquals(await find("1"), 130);
});

Deno.test("HostCache.find() shares a look-up in flight", async () => {
  const { find } = cacheOf();
  assertEquals(await Promise.all([find("a"), find("a"), find("b")]), [1, 1, 2]);
});

Deno.test("HostCache.find() does not keep failures", async () => {
  const cache = new HostCache<number>();
  const broken = () => Promise.reject(new Error("broken"));
  const both = [cache.find("a", broken), cache.find("a", () => Promise.resolve(1))];
  assertEquals((await Promise.allSettled(both)).map(({ status }) => status), [
    "rejected",
    "rejected",
  ]);
  assertEquals(await cache.find("a", () => Promise.resolve(2)), 2);
  await assertRejects(() => cache.find("b", broken), Error, "broken");
});

Deno.test("HostCache.clear() forgets values and what is in flight", async () => {
  const { cache, find } = cacheOf();
  await find("a");
  cache.clear();
  const early = find("a");
  cache.clear();
  const late = find("a");
  assertEquals([await early, await late, await find("a")], [2, 3, 3]);
});
