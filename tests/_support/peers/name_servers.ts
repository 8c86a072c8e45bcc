/**
 * Name servers of Debian's packages, each on a free port of this machine.
 *
 * @module
 */

/** A running server; it ends with its scope. */
export interface NameServerPeer extends AsyncDisposable {
  /** Where it listens, for `DnsLookup`. */
  readonly options: { readonly nameserver: "127.0.0.1"; readonly port: number };
}

/** Starts BIND 9 (package bind9), with `zone` for example.com and nothing else. */
export function startBind(zone: string): Promise<NameServerPeer> {
  return start("named", async (folder, port) => {
    await Deno.writeTextFile(`${folder}/zone`, zone);
    await Deno.writeTextFile(`${folder}/named.conf`, namedConf(folder, port));
    return { args: ["-g", "-c", `${folder}/named.conf`], ready: / running$/m };
  });
}

/** Starts dnsmasq (package dnsmasq-base) with `lines` of configuration. */
export function startDnsmasq(lines: readonly string[]): Promise<NameServerPeer> {
  return start("dnsmasq", async (folder, port) => {
    const fixed = ["listen-address=127.0.0.1", "bind-interfaces", "no-resolv", "no-hosts"];
    const text = [`port=${port}`, ...fixed, "user=", "group=", ...lines].join("\n");
    await Deno.writeTextFile(`${folder}/dnsmasq.conf`, text);
    const args = ["-k", "--log-facility=-", "-x", `${folder}/pid`, "-C", `${folder}/dnsmasq.conf`];
    return { args, ready: /: started, / };
  });
}

function namedConf(folder: string, port: number): string {
  return `
    options {
      directory "${folder}"; pid-file "${folder}/pid"; session-keyfile "${folder}/key";
      listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; };
      recursion no; dnssec-validation no;
    };
    controls {};
    zone "example.com" { type primary; file "${folder}/zone"; check-names ignore; };
  `;
}

interface Launch {
  readonly args: readonly string[];
  /** What the program prints once it answers. */
  readonly ready: RegExp;
}

async function start(
  program: string,
  prepare: (folder: string, port: number) => Promise<Launch>,
): Promise<NameServerPeer> {
  const folder = await Deno.makeTempDir({ prefix: "quayside_peer_" });
  const port = freePort();
  const { args, ready } = await prepare(folder, port);
  const child = spawn(program, args);
  const { isReady, ended } = listenTo(child, ready);
  const stop = async () => {
    child.kill();
    await ended;
    await Deno.remove(folder, { recursive: true });
  };
  try {
    await isReady;
  } catch (error) {
    await stop().catch(() => {});
    throw error;
  }
  return { options: { nameserver: "127.0.0.1", port }, [Symbol.asyncDispose]: stop };
}

function spawn(program: string, args: readonly string[]): Deno.ChildProcess {
  const command = new Deno.Command(`/usr/sbin/${program}`, {
    args: [...args],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  });
  try {
    return command.spawn();
  } catch (cause) {
    throw new Error(`Cannot start ${program}: it is missing; see README.md beside`, { cause });
  }
}

/** Reads what a server says, to its end, so that the server never has to wait for us. */
function listenTo(child: Deno.ChildProcess, ready: RegExp) {
  const { promise: isReady, resolve, reject } = Promise.withResolvers<void>();
  const read = async () => {
    let text = "";
    const timer = setTimeout(
      () => reject(new Error(`Cannot start a peer: it says\n${text}`)),
      20_000,
    );
    for await (const part of child.stderr.pipeThrough(new TextDecoderStream())) {
      text += part;
      if (!ready.test(text)) continue;
      clearTimeout(timer);
      resolve();
    }
    clearTimeout(timer);
    reject(new Error(`Cannot start a peer: it ended and said\n${text}`));
    await child.status;
  };
  return { isReady, ended: read() };
}

/** A port that is free for TCP just now, and for UDP as good as certainly. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
