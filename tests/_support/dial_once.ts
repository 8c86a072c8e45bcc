/**
 * Dials once and prints what came of it as JSON: a program of its own, so that a test can give it
 * exactly the flags that the documentation names. Arguments: the target and the grants of a scope
 * ("null" for none), as JSON.
 */
import { dial } from "../../core/_dial.ts";
import { SocketError } from "../../core/error.ts";
import { PermissionError, PermissionScope } from "../../core/permission.ts";

const [target, grants] = Deno.args.map((text) => JSON.parse(text));
const found: string[] = [];
try {
  const { transport, peerAddress, localAddress } = await dial(target, {
    ...target.options,
    scope: grants ? new PermissionScope(grants) : PermissionScope.process,
    onLookup: (addresses) => found.push(addresses.join(" ")),
  });
  transport.close();
  console.log(JSON.stringify({ peer: peerAddress, local: localAddress, found }));
} catch (error) {
  if (!(error instanceof SocketError)) throw error;
  const cause = error.cause instanceof PermissionError ? error.cause : undefined;
  const { flag, refusedBy } = cause ?? {};
  console.log(JSON.stringify({ code: error.code, flag, refusedBy, found }));
}
