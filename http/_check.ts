/**
 * Options that a manager and a request share.
 *
 * @module
 */
import type { RedirectPolicy } from "./_exchange.ts";

const POLICIES: readonly RedirectPolicy[] = ["manual", "noLessSafe", "sameOrigin"];

/** `value`, if it is a number of things, `least` or more. */
export function checkedCount(name: string, value: number, least = 0): number {
  if (value >= least && (Number.isInteger(value) || value === Infinity)) return value;
  throw new RangeError(`Cannot use ${value} as ${name}: expected ${least} or more, whole`);
}

/** `value`, if it is a number of milliseconds. */
export function checkedTime(name: string, value: number): number {
  if (value >= 0) return value;
  throw new RangeError(`Cannot use ${value} as ${name}: expected milliseconds, 0 or more`);
}

/** `value`, if it is a policy. */
export function checkedPolicy(value: RedirectPolicy): RedirectPolicy {
  if (POLICIES.includes(value)) return value;
  const expected = POLICIES.join(", ");
  throw new TypeError(`Cannot use "${value}" as redirectPolicy: expected one of ${expected}`);
}
