/**
 * The one way from a name to a connection.
 *
 * @module
 */
import { dial } from "../core/_dial.ts";
import { SocketError } from "../core/error.ts";
import type { OpenOptions } from "../core/io_device.ts";
import type { LocalNeeds, LocalTransport } from "./_local_needs.ts";
import type { LocalPlace } from "./_local_place.ts";

/** How to open. */
interface OpenLocalOptions extends LocalNeeds, OpenOptions {
  readonly expectUid?: number;
}

/** Opens a connection; on failure nothing is left open. */
export async function openLocal(
  { label, path }: LocalPlace,
  options: OpenLocalOptions,
): Promise<LocalTransport> {
  const { expectUid } = options;
  const unixEngine = await engineFor(options);
  const dialled = await dial({ path }, { ...options, ...(unixEngine && { unixEngine }) });
  const transport: LocalTransport = dialled.transport;
  if (expectUid === undefined || transport.credentials?.uid === expectUid) return transport;
  transport.close();
  const so = `its server is user ${transport.credentials?.uid}, not ${expectUid}`;
  throw new SocketError("socketAccess", `Cannot connect to ${label}: ${so}`);
}

/** Deno's own sockets, the first choice, have no credentials and no descriptors. */
async function engineFor(
  needs: OpenLocalOptions,
): Promise<((path: string) => Promise<LocalTransport>) | undefined> {
  if (Deno.build.os === "windows") return (await import("./_windows.ts")).connectPipe;
  if (!needs.credentials && !needs.fileDescriptors) return undefined;
  const { connectByLibc } = await import("./_posix.ts");
  return (path) => connectByLibc(path, needs);
}
