/**
 * Local servers.
 *
 * @module
 */
import { socketErrorFrom } from "../core/_error_border.ts";
import { InvalidStateError } from "../core/error.ts";
import type { OpenOptions } from "../core/io_device.ts";
import { PermissionScope } from "../core/permission.ts";
import { SocketServer } from "../core/socket_server.ts";
import {
  letGo,
  listenAt,
  listenInTime,
  type LocalAccess,
  type LocalListener,
} from "./_local_listen.ts";
import type { LocalNeeds, LocalTransport } from "./_local_needs.ts";
import { type LocalPlace, placeOf } from "./_local_place.ts";
import { LocalSocket } from "./local_socket.ts";

export type { LocalAccess } from "./_local_listen.ts";
export type {
  LocalDescriptors,
  LocalNeeds,
  LocalTransport,
  PeerCredentials,
} from "./_local_needs.ts";

/** How {@linkcode LocalServer.listen} listens. */
export interface LocalListenOptions extends LocalNeeds {
  /**
   * Whose processes may connect: the file's owner, its group, everybody else. The user alone by
   * default. An abstract name has no file: whoever shares the network namespace may connect.
   */
  access?: ReadonlySet<LocalAccess>;
  /** Means a name in Linux's abstract namespace, where no file is; false by default. */
  abstract?: boolean;
  /** Narrows where may be listened. */
  scope?: PermissionScope;
}

/** What {@linkcode LocalServer.listen} of the class takes besides. */
export interface LocalTakeOverOptions {
  /**
   * Removes the file that a crashed server has left under the name; false by default. A server that
   * still listens is never replaced. Needs `--allow-read=` and `--allow-write=/path.lock` besides,
   * the file that keeps two from taking over at once; it is gone after.
   */
  takeOverStale?: boolean;
}

/** Options of {@linkcode LocalServer}. */
export interface LocalServerOptions<S extends LocalSocket = LocalSocket> {
  /** Makes the socket of a connection: where Qt overrides incomingConnection(). */
  makeSocket?: (connection: LocalTransport) => S;
  /** Whether accepted sockets go on after their peer has ended its side; false by default. */
  allowHalfOpen?: boolean;
}

/**
 * A server for programs of this machine, after QLocalServer: it accepts connections and hands them
 * out as sockets, by {@linkcode nextPendingConnection} or by iteration.
 *
 * While {@linkcode maxPendingConnections} sockets wait to be taken, nothing more is accepted, and
 * the system's own queue fills up.
 *
 * Needs `--allow-net=unix:/path --allow-read=/path --allow-write=/path`; for abstract names
 * `--allow-net` without a target. Under a umask that lets others write (022, the usual one, does
 * not), keeping them out from the first moment needs `--allow-sys` besides.
 *
 * @example
 * ```ts
 * import { LocalServer, LocalSocket } from "@quayside/quayside/ipc";
 * import { assertEquals } from "@std/assert";
 *
 * const name = `${await Deno.makeTempDir()}/control`;
 * await using server = await LocalServer.listen(name, { takeOverStale: true });
 * await using client = await LocalSocket.connect({ name });
 * client.write("stop\n");
 * for await (const peer of server) {
 *   assertEquals(new TextDecoder().decode(await peer.readUntil("\n")), "stop\n");
 *   peer.close();
 *   break;
 * }
 * ```
 *
 * @typeParam S The class of the sockets.
 */
export class LocalServer<S extends LocalSocket = LocalSocket>
  extends SocketServer<S, LocalTransport> {
  readonly #makeSocket: (connection: LocalTransport) => S;
  #place: LocalPlace | null = null;

  /**
   * A server that does not listen yet.
   *
   * @param options `makeSocket`, `allowHalfOpen`.
   */
  constructor(options: LocalServerOptions<S> = {}) {
    super();
    const { makeSocket, allowHalfOpen = false } = options;
    // Only who gives a factory can ask for another class than LocalSocket.
    this.#makeSocket = makeSocket ??
      ((connection) => LocalSocket.from(connection, { allowHalfOpen }) as S);
  }

  /**
   * A server that listens.
   *
   * @param name The server's name, or an absolute path; at most 107 bytes of path.
   * @param options `access`, `abstract`, `takeOverStale`, `credentials`, `fileDescriptors`,
   * `scope`; `makeSocket`, `allowHalfOpen`; `signal`.
   * @returns A listening server.
   * @throws {SocketError} Listening failed: "addressInUse", "hostNotFound" (no folder, or the name
   * is too long), "socketAccess" with a {@linkcode PermissionError} as its cause, …
   * @throws {TypeError} The path contains a NUL.
   */
  static async listen<S extends LocalSocket = LocalSocket>(
    name: string,
    options: LocalListenOptions & LocalTakeOverOptions & LocalServerOptions<S> & OpenOptions = {},
  ): Promise<LocalServer<S>> {
    options.signal?.throwIfAborted();
    const server = new LocalServer<S>(options);
    await server.#listenLater(name, options);
    if (!server.isListening) throw server._failure;
    return server;
  }

  /**
   * Removes the file that a crashed server has left under a name, whoever it belongs to: a server
   * that still listens is not asked. {@linkcode LocalTakeOverOptions.takeOverStale} asks.
   *
   * Needs `--allow-write=/path`.
   *
   * @param name The server's name, or an absolute path.
   * @returns Whether nothing is under the name now.
   * @throws {TypeError} The path contains a NUL.
   */
  static removeServer(name: string): boolean {
    try {
      const { path } = placeOf(name, {});
      PermissionScope.process.require({ name: "write", path });
      Deno.removeSync(path);
      return true;
    } catch (error) {
      if (error instanceof TypeError) throw error;
      return error instanceof Deno.errors.NotFound;
    }
  }

  /** The name as it was given; "" when the server does not listen. */
  get serverName(): string {
    return this.#place?.name ?? "";
  }

  /** Where the name leads: the path of a file, an abstract name, a pipe; "" when not listening. */
  get fullServerName(): string {
    return this.#place?.fullName ?? "";
  }

  /**
   * Begins to listen. On a name that exists it fails with "addressInUse" and leaves the file alone,
   * whether a server listens there or has crashed: {@linkcode removeServer} removes it.
   *
   * @param name The server's name, or an absolute path; at most 107 bytes of path.
   * @param options `access`, `abstract`, `credentials`, `fileDescriptors`, `scope`.
   * @returns Whether the server listens now; if not, {@linkcode serverError} says why. On Windows
   * only {@linkcode LocalServer.listen} of the class can listen.
   * @throws {InvalidStateError} The server listens already.
   * @throws {TypeError} The path contains a NUL.
   */
  listen(name: string, options: LocalListenOptions = {}): boolean {
    if (this.isListening) {
      throw new InvalidStateError(`Cannot listen: the server listens on ${this.fullServerName}`);
    }
    try {
      const place = placeOf(name, options);
      this.#start(place, listenAt(place, settled(options)));
    } catch (error) {
      this.#refused(error, name);
    }
    return this.isListening;
  }

  /**
   * Stops listening, and aborts the connections that nobody has taken (as in Qt). Sockets that were
   * taken go on. The server's file is gone a moment later: `asyncDispose` waits for that, and so
   * does {@linkcode LocalServer.listen} of the class before it listens on the same name.
   */
  override close(): void {
    const path = this.#place?.path;
    this.#place = null;
    super.close();
    if (path !== undefined) letGo(path, super[Symbol.asyncDispose]());
  }

  /** For subclasses: the socket of a connection. */
  protected override _socketFor(connection: LocalTransport): S {
    return this.#makeSocket(connection);
  }

  #start(place: LocalPlace, listener: LocalListener): void {
    this.#place = place;
    this._begin(listener);
  }

  async #listenLater(
    name: string,
    options: LocalListenOptions & LocalTakeOverOptions & OpenOptions,
  ): Promise<void> {
    try {
      const place = placeOf(name, options);
      const listener = await listenInTime(place, settled(options));
      if (!options.signal?.aborted) return this.#start(place, listener);
      listener.close();
    } catch (error) {
      this.#refused(error, name);
    }
    options.signal?.throwIfAborted();
  }

  #refused(error: unknown, name: string): void {
    if (error instanceof TypeError) throw error;
    this._refuse(socketErrorFrom(error, `listen on ${name}`));
  }
}

/** The options with their defaults. */
function settled<O extends LocalListenOptions>(options: O) {
  const { access = new Set(["user"] as const), scope = PermissionScope.process } = options;
  return { ...options, access, scope };
}
