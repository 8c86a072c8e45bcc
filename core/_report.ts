/**
 * What user code throws inside a callback of ours is the user's to see: it is reported as an
 * uncaught error once the state change that called the callback is complete.
 *
 * @module
 */

/** Reports `error` after the current job, so that the emission under way is not cut short. */
export function reportLater(error: unknown): void {
  queueMicrotask(() => reportError(error));
}

/** Reports the rejection of what a callback returned, if it returned a promise. */
export function reportRejection(result: unknown): void {
  if (typeof result !== "object" || result === null) return;
  if (typeof (result as PromiseLike<unknown>).then !== "function") return;
  (result as PromiseLike<unknown>).then(undefined, reportLater);
}
