/** A count of what C keeps for us: the leak sanitizers of `deno test` see none of it. */

const counts = new Map<string, number>();

/**
 * Counts an object as living until what this returns is disposed of; twice is as once.
 *
 * @param name What it is, in a word or two: a leak is reported by it.
 */
export function track(name: string): Disposable {
  counts.set(name, (counts.get(name) ?? 0) + 1);
  let isLive = true;
  return {
    [Symbol.dispose]() {
      if (!isLive) return;
      isLive = false;
      const left = counts.get(name)! - 1;
      if (left === 0) counts.delete(name);
      else counts.set(name, left);
    },
  };
}

/** What lives, by name, for example `{ descriptor: 2 }`; `{}` if nothing was left behind. */
export function liveObjects(): Record<string, number> {
  return Object.fromEntries(counts);
}
