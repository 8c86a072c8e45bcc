/**
 * How a name becomes a listening socket: who may connect, from its first moment; and what to do
 * with the file that a crashed server has left behind.
 *
 * @module
 */
import { socketErrorFrom } from "../core/_error_border.ts";
import { abortable, type WaitOptions } from "../core/_wait.ts";
import { SocketError } from "../core/error.ts";
import type { PermissionScope } from "../core/permission.ts";
import { requiredPermissions } from "../core/required_permissions.ts";
import type { SocketListener } from "../core/socket_server.ts";
import type { LocalNeeds, LocalTransport } from "./_local_needs.ts";
import type { LocalPlace } from "./_local_place.ts";
import { listenByLibc } from "./_posix.ts";

/** Accepts local connections. */
export type LocalListener = SocketListener<LocalTransport>;

/** Whose processes may connect: those of the file's owner, of its group, of everybody else. */
export type LocalAccess = "user" | "group" | "other";

/** The bits of a file's mode; connecting takes the right to write. */
const bits: Readonly<Record<LocalAccess, number>> = { user: 0o700, group: 0o070, other: 0o007 };
const WRITABLE_BY_OTHERS = 0o022;

/** How to listen. */
export interface ListenOptions extends LocalNeeds {
  readonly access: ReadonlySet<LocalAccess>;
  readonly scope: PermissionScope;
}

/** Listens at once; throws what the system says. A live server is never replaced: its file stays. */
export function listenAt({ label, path }: LocalPlace, options: ListenOptions): LocalListener {
  const { access, credentials, fileDescriptors, scope } = options;
  if (Deno.build.os === "windows") {
    const so = "on Windows it takes time: await LocalServer.listen()";
    throw new SocketError("unsupportedSocketOperation", `Cannot listen on ${label} at once: ${so}`);
  }
  for (const need of requiredPermissions({ unix: path })) scope.require(need);
  const open = () =>
    credentials || fileDescriptors
      ? listenByLibc(path, options)
      : Deno.listen({ transport: "unix", path });
  if (path.startsWith("\0")) return open();
  let mode = 0;
  for (const who of access) mode |= bits[who];
  return listenFor(mode, { path, scope, open });
}

/**
 * Listens, and takes the time that it needs: until a server of ours on the same name has let go, or
 * until the file of a crashed one is gone.
 */
export async function listenInTime(
  place: LocalPlace,
  options: ListenOptions & WaitOptions & { takeOverStale?: boolean },
): Promise<LocalListener> {
  if (Deno.build.os === "windows") {
    return (await import("./_windows.ts")).listenOnPipe(place, options);
  }
  await leaving.get(place.path);
  try {
    return listenAt(place, options);
  } catch (error) {
    const { code } = socketErrorFrom(error, "listen");
    if (code !== "addressInUse" || !options.takeOverStale) throw error;
    return await takeOver(place, options);
  }
}

/** Servers that have closed, by path: Deno removes the file when the pending accept has ended. */
const leaving = new Map<string, Promise<void>>();

/** Notes that a server has closed, and when it will be gone. */
export function letGo(path: string, gone: Promise<void>): void {
  const left = gone.then(() => {
    if (leaving.get(path) === left) leaving.delete(path);
  });
  leaving.set(path, left);
}

interface FileListen {
  readonly path: string;
  readonly scope: PermissionScope;
  open(): LocalListener;
}

/**
 * Listens on a file that nobody could ever connect to but those whom `mode` lets.
 *
 * The system makes the file by the process's umask, and its mode is set after: a moment too late
 * where the umask lets others write. Then that listener is dropped with whoever came meanwhile, and
 * made anew under a umask that lets nobody. A private folder to make the file in would do as well,
 * but Deno grants sockets by their exact paths: it could not be named in a flag.
 */
function listenFor(mode: number, { path, scope, open }: FileListen): LocalListener {
  const listener = open();
  try {
    const made = Deno.statSync(path).mode ?? 0;
    if ((made & WRITABLE_BY_OTHERS & ~mode) === 0) {
      Deno.chmodSync(path, mode);
      return listener;
    }
  } catch (error) {
    listener.close();
    throw error;
  }
  listener.close();
  return listenFor(mode, { path, scope, open: () => unseen(open, scope) });
}

function unseen(open: () => LocalListener, scope: PermissionScope): LocalListener {
  // Deno asks for "umask" but has no flag that grants it alone.
  scope.require({ name: "sys" });
  const umask = Deno.umask(0o077);
  try {
    return open();
  } finally {
    Deno.umask(umask);
  }
}

/**
 * Removes the file of a crashed server and listens in its place. Who else wants to do the same
 * waits at a lock file, so that nobody removes the file of who was faster.
 */
async function takeOver(
  place: LocalPlace,
  options: ListenOptions & WaitOptions,
): Promise<LocalListener> {
  const lock = `${place.path}.lock`;
  for (const name of ["read", "write"] as const) options.scope.require({ name, path: lock });
  using _lock = await locked(lock, options);
  await removeStale(place.path);
  return listenAt(place, options);
}

async function removeStale(path: string): Promise<void> {
  const before = inode(path);
  if (before === null || !await refuses(path)) return;
  // Nothing comes between these two: what was found dead is what is removed.
  if (inode(path) === before) Deno.removeSync(path);
}

/** Only who refuses is dead: a full queue is a live server's. */
async function refuses(path: string): Promise<boolean> {
  try {
    (await Deno.connect({ transport: "unix", path })).close();
    return false;
  } catch (error) {
    return error instanceof Deno.errors.ConnectionRefused;
  }
}

async function locked(path: string, { signal }: WaitOptions): Promise<Disposable> {
  for (let pause = 1;; pause = Math.min(2 * pause, 50)) {
    const file = Deno.openSync(path, { create: true, write: true, mode: 0o600 });
    // Who had the lock before has removed the file: a lock on what has no name locks out nobody.
    if (file.tryLockSync(true) && file.statSync().ino === inode(path)) {
      return {
        [Symbol.dispose]() {
          Deno.removeSync(path);
          file.close();
        },
      };
    }
    file.close();
    await abortable<void>((resolve) => {
      const timer = setTimeout(resolve, pause);
      return () => clearTimeout(timer);
    }, signal ? { signal } : {});
  }
}

function inode(path: string): number | null {
  try {
    return Deno.lstatSync(path).ino;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
