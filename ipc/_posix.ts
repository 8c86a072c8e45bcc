/**
 * Unix sockets made by libc, for what Deno's own hide: their descriptor, and so credentials and
 * other descriptors. Linux only.
 *
 * @module
 */
import { FdTransport } from "../core/_fd_transport.ts";
import { errnoNumber, type LibraryOptions } from "../core/_ffi.ts";
import { Descriptor } from "../core/_ffi_descriptor.ts";
import { Libc, sys, ucred } from "../core/_libc.ts";
import { NodeTransport } from "../core/_node_transport.ts";
import type { LocalListener } from "./_local_listen.ts";
import type { LocalNeeds, LocalTransport, PeerCredentials } from "./_local_needs.ts";

/** Connections that the system keeps before they are accepted, as in Qt. */
const BACKLOG = 50;
const EAGAIN = errnoNumber("EAGAIN");
const FLAGS = sys.SOCK_NONBLOCK | sys.SOCK_CLOEXEC;

interface LibcNeeds extends LocalNeeds, LibraryOptions {}

/**
 * Connects at once.
 *
 * @throws {ErrnoError} EAGAIN while the server's queue is full.
 */
export function connectByLibc(path: string, needs: LibcNeeds): Promise<LocalTransport> {
  using libc = new Libc(needs);
  const fd = socket(libc);
  try {
    const address = addressOf(path);
    libc.check(libc.symbols.connect(fd, address, address.length), "connect");
    return Promise.resolve(transportOf(fd, { libc, needs }));
  } catch (error) {
    libc.symbols.close(fd);
    throw error;
  }
}

/** Listens at once. */
export function listenByLibc(path: string, needs: LibcNeeds): LocalListener {
  using libc = new Libc(needs);
  const fd = socket(libc);
  try {
    const address = addressOf(path);
    libc.check(libc.symbols.bind(fd, address, address.length), "bind");
    libc.check(libc.symbols.listen(fd, BACKLOG), "listen");
    return new LibcListener(fd, { path, needs });
  } catch (error) {
    libc.symbols.close(fd);
    throw error;
  }
}

function socket(libc: Libc): number {
  return libc.check(libc.symbols.socket(sys.AF_UNIX, sys.SOCK_STREAM | FLAGS, 0), "socket");
}

/** A `sockaddr_un`: an abstract name ends where the address ends, a path with a NUL. */
function addressOf(path: string): Uint8Array<ArrayBuffer> {
  const name = new TextEncoder().encode(path.startsWith("\0") ? path : `${path}\0`);
  return Uint8Array.of(sys.AF_UNIX & 0xff, sys.AF_UNIX >> 8, ...name);
}

/** Takes the descriptor over. Credentials alone need no calls of ours but one: node does the rest. */
function transportOf(
  fd: number,
  { libc, needs }: { libc: Libc; needs: LibcNeeds },
): LocalTransport {
  const known = needs.credentials ? { credentials: credentialsOf(fd, libc) } : {};
  if (needs.fileDescriptors) return Object.assign(new FdTransport(fd, needs), known);
  const { Socket } = process.getBuiltinModule("node:net");
  return Object.assign(new NodeTransport(new Socket({ fd, allowHalfOpen: true })), known);
}

function credentialsOf(fd: number, libc: Libc): PeerCredentials {
  const value = new Uint8Array(ucred.size);
  const size = Uint32Array.of(value.length);
  const { getsockopt } = libc.symbols;
  libc.check(getsockopt(fd, sys.SOL_SOCKET, sys.SO_PEERCRED, value, size), "getsockopt");
  return ucred.decode(value);
}

/** A listening socket; its file is removed with it, as by Deno's own. */
class LibcListener implements LocalListener {
  readonly #needs: LibcNeeds;
  readonly #path: string;
  readonly #socket: Descriptor;

  constructor(fd: number, { needs, path }: { needs: LibcNeeds; path: string }) {
    this.#socket = new Descriptor(fd, needs);
    this.#path = path;
    this.#needs = needs;
  }

  async accept(): Promise<LocalTransport> {
    const { libc } = this.#socket;
    for (;;) {
      const fd = libc.symbols.accept4(this.#socket.fd, null, null, FLAGS);
      if (fd !== -1) return this.#transportOf(fd);
      if (libc.errno !== EAGAIN) libc.check(fd, "accept4");
      await this.#socket.readable();
    }
  }

  close(): void {
    this.#socket.close();
    if (!this.#path.startsWith("\0")) removeIfThere(this.#path);
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }

  #transportOf(fd: number): LocalTransport {
    try {
      const transport = transportOf(fd, { libc: this.#socket.libc, needs: this.#needs });
      return Object.assign(transport, { localAddr: { path: this.#path } });
    } catch (error) {
      this.#socket.libc.symbols.close(fd);
      throw error;
    }
  }
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // Somebody has removed it before.
  }
}
