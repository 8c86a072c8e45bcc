/** Names to addresses and back, as the system resolves them (getaddrinfo, getnameinfo). */
import { HostAddress } from "../protocol/host_address.ts";

/**
 * Looks a name up. Needs the net permission for the name without a port. It runs on the blocking
 * pool and cannot be cancelled, only no longer be waited for.
 *
 * @param name An ASCII name.
 * @returns The addresses in the resolver's order (RFC 6724), at least one. Rejects with node's error.
 */
export function lookup(name: string): Promise<HostAddress[]> {
  const { lookup } = process.getBuiltinModule("node:dns");
  return inTurn((resolve, reject) => {
    lookup(name, { all: true, verbatim: true }, (error, found) => {
      if (error) return reject(error);
      resolve(found.map(({ address }) => new HostAddress(address)));
    });
  });
}

/**
 * Looks up the name of an address: the hosts file, then its PTR record. Needs the net permission
 * for the address and port 0; runs where {@linkcode lookup} does.
 *
 * @returns The name. Rejects with node's error, where there is none too.
 */
export function reverseLookup(address: HostAddress): Promise<string> {
  const { lookupService } = process.getBuiltinModule("node:dns");
  return inTurn((resolve, reject) => {
    lookupService(`${address}`, 0, (error, name) => error ? reject(error) : resolve(name));
  });
}

/** The form of a name that goes on the wire: international names in their ACE form (RFC 5891). */
export function asciiName(name: string): string {
  // deno-lint-ignore no-control-regex -- this is the very test for "ASCII only"
  return /^[\x00-\x7f]*$/.test(name)
    ? name
    : process.getBuiltinModule("node:url").domainToASCII(name);
}

/**
 * Starts some of the system's look-ups and lets the others wait: Deno has 32 threads for all that
 * blocks, and a name server that is silent must not stop every file operation.
 */
function inTurn<T>(
  start: (resolve: (value: T) => void, reject: (reason: unknown) => void) => void,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    waiting.push(() => {
      running++;
      const settled = new Promise<T>(start);
      const done = () => (running--, next());
      settled.then(done, done);
      settled.then(resolve, reject);
    });
    next();
  });
}

function next(): void {
  if (running < MAX_LOOKUPS) waiting.shift()?.();
}

const MAX_LOOKUPS = 12;
const waiting: (() => void)[] = [];
let running = 0;
