/**
 * Local sockets: connections within the machine.
 *
 * @module
 */
import { InvalidStateError, SocketError } from "../core/error.ts";
import type { OpenOptions } from "../core/io_device.ts";
import type { PermissionScope } from "../core/permission.ts";
import {
  type SocketConnection,
  SocketDevice,
  type SocketDeviceOptions,
  type SocketDeviceState,
} from "../core/socket_device.ts";
import { inLocalWords } from "./_local_error.ts";
import type {
  LocalDescriptors,
  LocalNeeds,
  LocalTransport,
  PeerCredentials,
} from "./_local_needs.ts";
import { openLocal } from "./_local_open.ts";
import { placeOf } from "./_local_place.ts";

export type {
  LocalDescriptors,
  LocalNeeds,
  LocalTransport,
  PeerCredentials,
} from "./_local_needs.ts";

/** Milliseconds for a connection to come about, as in Qt. */
const CONNECT_TIMEOUT = 30_000;

/** Where a local socket stands, as QLocalSocket::LocalSocketState. */
export type LocalSocketState = SocketDeviceState;

/** Options of {@linkcode LocalSocket}. */
export interface LocalSocketOptions extends SocketDeviceOptions, LocalNeeds {
  /** The user whose server this has to be: any other is refused before a byte is sent. Needs FFI. */
  expectUid?: number;
}

/** Options of {@linkcode LocalSocket.connectToServer}. */
export interface ConnectToServerOptions {
  /** Means a name in Linux's abstract namespace, where no file is; false by default. */
  abstract?: boolean;
  /** Milliseconds for the attempt, 30 000 by default; -1: no limit. */
  timeout?: number;
  /** Narrows what may be connected to, beside the scope that the socket was made with. */
  scope?: PermissionScope;
}

/** Where {@linkcode LocalSocket.connect} connects to, and how. */
export interface LocalConnectOptions extends LocalSocketOptions, OpenOptions {
  /** The server's name, or an absolute path. */
  name: string;
  /** Means a name in Linux's abstract namespace, where no file is; false by default. */
  abstract?: boolean;
}

/** What a local socket has while it is connected. */
export interface LocalConnection extends SocketConnection {
  /** The bytes, and what goes with them. */
  readonly transport: LocalTransport;
  /** The server's name as it was given. */
  readonly name: string;
  /** Where the name leads. */
  readonly fullName: string;
}

/**
 * A connection to a server of this machine, after QLocalSocket: a Unix socket, on Windows a named
 * pipe.
 *
 * States and signals come in Qt's order: a failed attempt is `errorOccurred`, then `unconnected`;
 * when the server closes, `errorOccurred` ("peerClosed"), `closing`, `unconnected`, `disconnected`,
 * and what had arrived can still be read.
 *
 * A name without a leading "/" means a file in the folder for temporary files, as in Qt:
 * `$TMPDIR` where reading it is granted, else `/tmp`.
 *
 * Needs `--allow-net=unix:/path --allow-read=/path --allow-write=/path`; for abstract names
 * `--allow-net` without a target, since Deno cannot narrow them. Credentials and descriptors need
 * `--allow-ffi=` with the path of the C library besides.
 *
 * @example
 * ```ts
 * import { LocalServer, LocalSocket } from "@quayside/quayside/ipc";
 * import { assertEquals } from "@std/assert";
 *
 * const name = `${await Deno.makeTempDir()}/echo`;
 * await using server = await LocalServer.listen(name);
 * server.newConnection.connect(() => {
 *   const peer = server.nextPendingConnection()!;
 *   peer.readyRead.connect(() => peer.write(peer.readAll()));
 * });
 *
 * await using socket = await LocalSocket.connect({ name });
 * socket.write("hello");
 * assertEquals(new TextDecoder().decode(await socket.readExactly(5)), "hello");
 * ```
 */
export class LocalSocket extends SocketDevice<LocalConnection> {
  readonly #needs: LocalNeeds;
  readonly #expectUid: number | undefined;
  #name = { serverName: "", fullServerName: "" };

  /**
   * A socket that is not connected yet.
   *
   * @param options `readBufferSize`, `allowHalfOpen`, `scope`; `credentials`, `fileDescriptors`,
   * `expectUid`.
   */
  constructor(options: LocalSocketOptions = {}) {
    super(options);
    const { credentials = false, expectUid, fileDescriptors = false } = options;
    this.#needs = { credentials: credentials || expectUid !== undefined, fileDescriptors };
    this.#expectUid = expectUid;
  }

  /**
   * Connects, and gives the socket when it is connected.
   *
   * @param options `name`, `abstract`; `timeout` in milliseconds, none by default; `signal`; the
   * options of the constructor.
   * @returns A connected socket.
   * @throws {SocketError} The connection failed: "serverNotFound", "connectionRefused",
   * "socketAccess" with a {@linkcode PermissionError} as its cause, …
   * @throws {DOMException} "TimeoutError" after `timeout`; the signal's reason when it aborts.
   * @throws {TypeError} The path contains a NUL.
   */
  static async connect(options: LocalConnectOptions): Promise<LocalSocket> {
    const { abstract = false, name, signal, timeout = -1 } = options;
    signal?.throwIfAborted();
    const socket = new LocalSocket(options);
    socket.connectToServer(name, { abstract, timeout: -1 });
    await socket._untilConnected({ ...(signal && { signal }), timeout });
    return socket;
  }

  /**
   * A socket over a connection that exists already.
   *
   * @param connection Any transport; `Deno.UnixConn` fits as it is. The socket owns it from now on.
   * @param options The options of the constructor.
   * @returns A connected socket.
   */
  static from(
    connection: Deno.UnixConn | LocalTransport,
    options: LocalSocketOptions = {},
  ): LocalSocket {
    const socket = new LocalSocket(options);
    socket._adoptTransport(connection);
    return socket;
  }

  /** The server's name as it was given; "" while unconnected. */
  get serverName(): string {
    return this.state === "unconnected" ? "" : this.#name.serverName;
  }

  /** Where the name leads: the path of a file, an abstract name, a pipe; "" while unconnected. */
  get fullServerName(): string {
    return this.state === "unconnected" ? "" : this.#name.fullServerName;
  }

  /**
   * Who is at the other end, as the system tells (SO_PEERCRED); `null` while unconnected.
   *
   * @throws {InvalidStateError} The option `credentials` was not given.
   */
  get peerCredentials(): PeerCredentials | null {
    const known = this._connection?.transport.credentials;
    if (known !== undefined || this.#needs.credentials) return known ?? null;
    throw new InvalidStateError(
      "Cannot tell the peer's credentials: the socket was opened without the option credentials",
    );
  }

  /**
   * Begins to connect; what comes of it is told by signals and by {@linkcode waitForConnected}.
   * What is written meanwhile leaves once the connection is there. While the server's queue is
   * full, it is tried again until the time is over.
   *
   * @param name The server's name, or an absolute path; at most 107 bytes of path.
   * @param options `abstract`, `timeout`, `scope`.
   * @throws {TypeError} The path contains a NUL.
   */
  connectToServer(name: string, options: ConnectToServerOptions = {}): void {
    const { abstract = false, scope, timeout = CONNECT_TIMEOUT } = options;
    const place = placeOrFailure(name, abstract);
    const { fullName, label } = place instanceof SocketError
      ? { fullName: "", label: name }
      : place;
    if (this.state === "unconnected") this.#name = { serverName: name, fullServerName: fullName };
    this._connect({
      peer: label,
      open: async (signal) => {
        if (place instanceof SocketError) throw place;
        const transport = await openLocal(place, {
          ...this.#needs,
          ...(this.#expectUid !== undefined && { expectUid: this.#expectUid }),
          ...this._narrowed(scope),
          signal,
          timeout,
        });
        return { transport, name, fullName };
      },
    });
  }

  /**
   * Closes the connection once all that was written has left; until then the socket is `closing`
   * and still reads. While it connects it waits for the connection first, if there is anything to
   * write.
   */
  disconnectFromServer(): void {
    this._shut(Infinity);
  }

  /**
   * Sends file descriptors to the peer, together with `data` and after everything written before.
   * They are duplicated at once: yours stay yours.
   *
   * @param fds Descriptors of this process; at most 253 at a time, which is what the system takes.
   * @param data What travels with them: at least one byte, a NUL when left out.
   * @returns The bytes taken, or 0 when the device cannot be written to.
   * @throws {InvalidStateError} The option `fileDescriptors` was not given, or the socket is not
   * connected.
   * @throws {RangeError} None or more than 253, or no data.
   * @throws {TypeError} One is not open.
   */
  sendFileDescriptors(fds: readonly number[], data: Uint8Array | string = "\0"): number {
    const queue = this.#descriptors("send");
    if (!this.isWritable) return 0;
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    if (bytes.length === 0) {
      throw new RangeError("Cannot send file descriptors: they need at least one byte of data");
    }
    try {
      queue.send(fds, { queued: this.bytesToWrite, size: bytes.length });
    } catch (error) {
      if (error instanceof TypeError || error instanceof RangeError) throw error;
      this._report(this._errorFrom(error, "send file descriptors"));
      return 0;
    }
    return this.write(bytes);
  }

  /**
   * Takes the descriptors that have arrived, in order. They are yours to close, and closed on exec.
   * Those that nobody has taken are closed with the connection.
   *
   * Descriptors arrive with the first bytes that were sent together with them, or with bytes sent
   * before those, never later: look after `readyRead`. Bytes sent after them come in a chunk of
   * their own.
   *
   * @throws {InvalidStateError} The option `fileDescriptors` was not given, or the socket is not
   * connected.
   */
  receiveFileDescriptors(): number[] {
    return this.#descriptors("receive").take();
  }

  /** Closes the socket and waits until it has closed. */
  override async [Symbol.asyncDispose](): Promise<void> {
    const transport = this._connection?.transport;
    await super[Symbol.asyncDispose]();
    await transport?.gone?.();
  }

  /** For subclasses: takes over a connection that exists already, without a signal. */
  protected _adoptTransport(transport: LocalTransport): void {
    const path = transport.remoteAddr?.path || transport.localAddr?.path || "";
    const name = path.replace(/^\0|^.*\//, "");
    const fullName = path.replace(/^\0/, "");
    this.#name = { serverName: name, fullServerName: fullName };
    this._adoptConnection({ transport, name, fullName }, fullName || "the local socket");
  }

  /** As QLocalSocket: a failed attempt is told before the state that it leads to. */
  protected override get _tellsFailureFirst(): boolean {
    return true;
  }

  /** In QLocalSocket's words: "serverNotFound", "peerClosed", "connection". */
  protected override _errorFrom(error: unknown, doing: string): SocketError {
    return inLocalWords(super._errorFrom(error, doing));
  }

  #descriptors(verb: "send" | "receive"): LocalDescriptors {
    const queue = this._connection?.transport.descriptors;
    if (queue !== undefined) return queue;
    const so = this._connection === null && this.#needs.fileDescriptors
      ? `the socket is ${this.state}`
      : "the socket was opened without the option fileDescriptors";
    throw new InvalidStateError(`Cannot ${verb} file descriptors: ${so}`);
  }
}

/** What is wrong with a name is told like any other failure of the attempt. */
function placeOrFailure(name: string, abstract: boolean) {
  try {
    return placeOf(name, { abstract });
  } catch (error) {
    if (error instanceof SocketError) return error;
    throw error;
  }
}
