/**
 * All signals of an object at once, for owners that end or open again.
 *
 * @module
 */
import { Signal } from "./signal.ts";

/** Ends every signal that is a member of `owner`. */
export function endSignals(owner: object): void {
  for (const member of Object.values(owner)) if (member instanceof Signal) member.end();
}

/** Takes {@linkcode endSignals} back. */
export function restartSignals(owner: object): void {
  for (const member of Object.values(owner)) if (member instanceof Signal) member.restart();
}
