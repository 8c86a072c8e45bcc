/** Local sockets for tests: a folder of their own, a peer that is plain Deno, a crashed server. */
import { permissionFlag } from "../../core/permission.ts";
import { requiredPermissions } from "../../core/required_permissions.ts";
import { LocalSocket, type LocalSocketOptions } from "../../ipc/local_socket.ts";

/** A folder for the sockets of one test, gone with it. */
export interface Folder extends AsyncDisposable {
  /** The path of a socket in it. */
  at(name: string): string;
}

/** Makes a folder, as short as the length of a socket's path wants it. */
export async function folder(): Promise<Folder> {
  const path = await Deno.makeTempDir({ dir: "/tmp", prefix: "q" });
  return {
    at: (name) => `${path}/${name}`,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

/** A socket of ours and its peer; `using` closes both. */
export interface Connected extends AsyncDisposable {
  readonly socket: LocalSocket;
  readonly peer: Deno.UnixConn;
}

/** Connects a socket to a plain listener. */
export async function connected(options: LocalSocketOptions = {}): Promise<Connected> {
  await using sockets = await folder();
  const path = sockets.at("s");
  using listener = Deno.listen({ transport: "unix", path });
  const [socket, peer] = await Promise.all([
    LocalSocket.connect({ name: path, ...options }),
    listener.accept(),
  ]);
  return {
    socket,
    peer,
    async [Symbol.asyncDispose]() {
      try {
        peer.close();
      } catch {
        // The test has closed it.
      }
      socket.abort();
      await socket[Symbol.asyncDispose]();
    },
  };
}

/** Leaves a socket's file behind on which nobody listens any more, as a crash does. */
export function crashed(path: string): void {
  const listener = Deno.listen({ transport: "unix", path: `${path}~` });
  Deno.renameSync(`${path}~`, path);
  listener.close();
}

/** What a socket tells from now on: states and signals by their names, errors by their code. */
export function record(socket: LocalSocket): string[] {
  const told: string[] = [];
  socket.stateChanged.connect((state) => told.push(`[${state}]`));
  socket.errorOccurred.connect((error) => told.push(`errorOccurred ${error.code}`));
  for (const name of ["connected", "disconnected", "readyRead", "readChannelFinished"] as const) {
    socket[name].connect(() => told.push(name));
  }
  return told;
}

/** Runs local_once.ts under a umask, with only the permissions given, and gives what it prints. */
export async function once(
  flags: readonly string[],
  { env = {}, name, options = {}, umask = "022" }: {
    name: string;
    env?: Record<string, string>;
    options?: Record<string, unknown>;
    umask?: string;
  },
): Promise<string> {
  const program = new URL("local_once.ts", import.meta.url).pathname;
  const args = ["run", "--quiet", "--no-prompt", ...flags, program, name, JSON.stringify(options)];
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", `umask ${umask}; exec "$0" "$@"`, Deno.execPath(), ...args],
    env,
  }).output();
  return new TextDecoder().decode(stdout).trim();
}

/** The flags that a socket at a path needs. */
export function flagsFor(path: string): string[] {
  return requiredPermissions({ unix: path }).map(permissionFlag);
}
