/**
 * Arguments that are checked in more than one place.
 *
 * @module
 */

/** `size`, if it is a number of bytes; `name` is what the caller calls it. */
export function checkedSize(name: string, size: number): number {
  if (size >= 0) return size;
  throw new RangeError(`Cannot use ${size} as ${name}: expected a number of bytes, 0 or more`);
}
