/**
 * What C keeps for us, which the sanitizers of `deno test` do not see.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { liveObjects } from "../../core/_ffi.ts";
import { pollerIdle } from "../../core/_poller.ts";

/** Fails if a library, descriptor, mapping … was left behind; the name says what leaked. */
export async function assertNothingLives(): Promise<void> {
  await pollerIdle();
  assertEquals(liveObjects(), {});
}
