/**
 * Name servers of Debian's packages, each with a zone of its own, on a free port of this machine.
 */

/** A running server; it ends with its scope. */
export interface NameServerPeer extends AsyncDisposable {
  /** Where it listens, for `DnsLookup`. */
  readonly options: { readonly nameserver: "127.0.0.1"; readonly port: number };
}

/** BIND 9 (package bind9, command `named`), which serves `zone` as example.com with `options`. */
export function startBind(zone: string): Promise<NameServerPeer> {
  return start("named", async (folder, port) => {
    await Deno.writeTextFile(`${folder}/zone`, zone);
    await Deno.writeTextFile(`${folder}/named.conf`, namedConf(folder, port));
    return { args: ["-g", "-c", `${folder}/named.conf`], ready: / running$/m };
  });
}

/** dnsmasq (package dnsmasq-base), which serves what `lines` of its configuration say. */
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
      recursion no; dnssec-validation no; minimal-responses no; managed-keys-directory "${folder}";
    };
    controls {};
    zone "example.com" { type primary; file "${folder}/zone"; check-names ignore; };
    zone "2.0.192.in-addr.arpa" { type primary; file "${folder}/zone"; check-names ignore; };
  `;
}

interface Launch {
  readonly args: readonly string[];
  /** What it prints when it answers. */
  readonly ready: RegExp;
}

async function start(
  program: string,
  prepare: (folder: string, port: number) => Promise<Launch>,
): Promise<NameServerPeer> {
  const folder = await Deno.makeTempDir({ prefix: `${program}_` });
  const port = freePort();
  const { args, ready } = await prepare(folder, port);
  const child = new Deno.Command(`/usr/sbin/${program}`, {
    args: [...args],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const ended = untilReady(child.stderr, ready, program);
  await ended.ready;
  return {
    options: { nameserver: "127.0.0.1", port },
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await Promise.all([child.status, ended.all]);
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Reads what a server prints; it has to be read on, so that the server never waits for us. */
function untilReady(output: ReadableStream<Uint8Array>, ready: RegExp, program: string) {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const read = async () => {
    let text = "";
    for await (
      const chunk of output.pipeThrough(
        new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>,
      )
    ) {
      if (ready.test(text += chunk)) resolve();
    }
    reject(new Error(`Cannot start ${program}: ${text}`));
  };
  return { ready: promise, all: read() };
}

/** A port that is free for both UDP and TCP just now. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
