/** The signature of @std/crypto 1.x, for the file of npm:deno-std that mod.ts re-exports. */

/** Whether two byte sequences are equal, in a time that does not depend on where they differ. */
export function timingSafeEqual(
  a: ArrayBufferView | ArrayBufferLike | DataView,
  b: ArrayBufferView | ArrayBufferLike | DataView,
): boolean;
