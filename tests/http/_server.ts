/** Servers that say exactly what a test wants, byte by byte and when it wants it. */
import type { NetworkReply } from "../../http/network_reply.ts";

const encoder = new TextEncoder();

/** The server's end of one connection. */
export class Peer {
  readonly #conn: Deno.TcpConn;
  #text = "";
  #isOpen = true;

  constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
    conn.setNoDelay(true);
  }

  /** The head of the next request; `null` when the client has closed. */
  async request(): Promise<string | null> {
    const room = new Uint8Array(4096);
    for (;;) {
      const end = this.#text.indexOf("\r\n\r\n");
      if (end >= 0) {
        const head = this.#text.slice(0, end + 4);
        this.#text = this.#text.slice(end + 4);
        return head;
      }
      const size = await this.#conn.read(room).catch(() => null);
      if (size === null) return null;
      this.#text += new TextDecoder().decode(room.subarray(0, size));
    }
  }

  async send(what: string | Uint8Array): Promise<void> {
    const bytes = typeof what === "string" ? encoder.encode(what) : what;
    for (let sent = 0; sent < bytes.length;) sent += await this.#conn.write(bytes.subarray(sent));
  }

  close(): void {
    if (this.#isOpen) this.#conn.close();
    this.#isOpen = false;
  }
}

/** What a server does on one connection; `index` counts them. */
export type Talk = (peer: Peer, index: number) => Promise<void>;

/** A server of our own, without a protocol. */
export class ScriptedServer implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #peers: Peer[] = [];
  readonly #talks: Promise<void>[] = [];
  readonly #talk: Talk;
  readonly #accepting: Promise<void>;

  constructor(talk: Talk) {
    this.#talk = talk;
    this.#accepting = this.#accept();
  }

  /** Connections so far. */
  get connections(): number {
    return this.#peers.length;
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  url(path = "/"): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const peer of this.#peers) peer.close();
    await this.#accepting;
    await Promise.all(this.#talks);
  }

  async #accept(): Promise<void> {
    try {
      for await (const conn of this.#listener) {
        const peer = new Peer(conn);
        const index = this.#peers.push(peer) - 1;
        // A client that breaks off is part of the game; what a test expects, it asserts.
        this.#talks.push(this.#talk(peer, index).catch(() => {}));
      }
    } catch {
      // It was closed while a connection was coming in.
    }
  }
}

/** A server that gives the answer to every request, on connections that stay open. */
export function answering(answer: (request: string, index: number) => string): ScriptedServer {
  return new ScriptedServer(async (peer, index) => {
    for (let head; (head = await peer.request()) !== null;) await peer.send(answer(head, index));
  });
}

/** A server that gives one answer to the first request of each connection and closes it. */
export function closing(answer: string | Uint8Array): ScriptedServer {
  return new ScriptedServer(async (peer) => {
    await peer.request();
    await peer.send(answer);
    peer.close();
  });
}

/** A response of known length. */
export function ok(body = "", headers = ""): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n${headers}\r\n${body}`;
}

/** The names of a reply's signals. */
export const SIGNALS = [
  "socketStartedConnecting",
  "requestSent",
  "redirected",
  "metaDataChanged",
  "readyRead",
  "downloadProgress",
  "errorOccurred",
  "readChannelFinished",
  "finished",
] as const;

/** The signals of a reply in the order in which they come, each with `on` called at that moment. */
export function record(reply: NetworkReply, on?: (name: string) => void): string[] {
  const seen: string[] = [];
  for (const name of SIGNALS) {
    reply[name].connect(() => {
      seen.push(name);
      on?.(name);
    });
  }
  return seen;
}
