/**
 * Happy eyeballs (RFC 8305): in which order the addresses of a name are tried, and the race
 * between the attempts. It knows neither Deno nor permissions: whoever calls it says how to connect.
 */
import type { HostAddress } from "../protocol/host_address.ts";

/** How long an attempt has the field for itself, in milliseconds (RFC 8305 §5). */
export const ATTEMPT_DELAY = 250;

/**
 * Alternates the families, beginning with the one that the resolver put first (RFC 8305 §4); the
 * resolver's order stays within each.
 */
export function interleave(addresses: readonly HostAddress[]): HostAddress[] {
  const first = addresses.filter(({ protocol }) => protocol === addresses[0]!.protocol);
  const second = addresses.filter(({ protocol }) => protocol !== addresses[0]!.protocol);
  const pairs = Math.max(first.length, second.length);
  return Array.from({ length: pairs }, (_, i) => [first[i], second[i]])
    .flat().filter((address) => address !== undefined);
}

/** How to run a race. */
export interface RaceOptions<T> {
  /** Tries one address; gives up when the signal aborts. */
  connect(address: HostAddress, signal: AbortSignal): Promise<T>;
  /** Gets rid of what connected after another had won. */
  discard(loser: T): void;
  /** Milliseconds after which the next attempt starts beside those that still wait. */
  delay?: number | undefined;
  /** Ends the race: the promise rejects with its reason. */
  signal?: AbortSignal | undefined;
}

/**
 * Tries addresses in their order, the next one when an attempt fails or has taken too long; the
 * first to connect wins, the others are given up (RFC 8305 §5).
 *
 * @param addresses At least one.
 * @returns What the winner's `connect` gave. Rejects with an AggregateError of all failures, in the
 * order in which they came, when nothing connected.
 */
export function race<T>(addresses: readonly HostAddress[], options: RaceOptions<T>): Promise<T> {
  const { connect, discard, delay = ATTEMPT_DELAY, signal } = options;
  const attempts = new AbortController();
  const errors: unknown[] = [];
  let started = 0;
  let isOver = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  return new Promise<T>((resolve, reject) => {
    const end = () => {
      isOver = true;
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      attempts.abort();
    };
    const abort = () => (end(), reject(signal!.reason));
    const start = () => {
      clearTimeout(timer);
      const address = addresses[started++]!;
      if (started < addresses.length) timer = setTimeout(start, delay);
      connect(address, attempts.signal).then(succeed, fail);
    };
    const succeed = (winner: T) => {
      if (isOver) return discard(winner);
      end();
      resolve(winner);
    };
    const fail = (error: unknown) => {
      if (isOver) return;
      errors.push(error);
      if (started < addresses.length) return start();
      if (errors.length < addresses.length) return;
      end();
      reject(new AggregateError(errors));
    };
    signal?.addEventListener("abort", abort);
    if (signal?.aborted) abort();
    else start();
  });
}
