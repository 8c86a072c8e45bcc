/** Names to addresses, as the system resolves them (getaddrinfo). */
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
  return new Promise((resolve, reject) => {
    lookup(name, { all: true, verbatim: true }, (error, found) => {
      if (error) return reject(error);
      resolve(found.map(({ address }) => new HostAddress(address)));
    });
  });
}

/** The form of a name that goes on the wire: international names in their ACE form (RFC 5891). */
export function asciiName(name: string): string {
  // deno-lint-ignore no-control-regex -- this is the very test for "ASCII only"
  return /^[\x00-\x7f]*$/.test(name)
    ? name
    : process.getBuiltinModule("node:url").domainToASCII(name);
}
