import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { PermissionError, PermissionScope } from "../../core/permission.ts";
import { askDeno } from "../../net/_dns_fallback.ts";
import { DnsLookup } from "../../net/dns_lookup.ts";
import { DnsLookupError } from "../../net/dns_lookup_error.ts";
import type { DnsType } from "../../protocol/dns_record.ts";
import { HostAddress } from "../../protocol/host_address.ts";
import type { DnsOnce } from "../_support/dns_once.ts";
import {
  answers,
  code,
  fails,
  framed,
  record,
  replyTo,
  type Script,
  scriptedServer,
  silent,
} from "./_name_server.ts";

Deno.test("DnsLookup asks only whom its scope allows", async () => {
  await using server = await scriptedServer(answers);
  const { port } = server.options;
  const scope = (net: string) => new PermissionScope({ net: [net] });
  const { cause } = await fails("resolver", { ...server.options, scope: scope("127.0.0.1:1") });
  assertInstanceOf(cause, PermissionError);
  assertEquals([cause.refusedBy, cause.flag], ["scope", `--allow-net=127.0.0.1:${port}`]);
  assertEquals(server.asked, []);
  await DnsLookup.resolve("A", "a", { ...server.options, scope: scope(`127.0.0.1:${port}`) });
});

Deno.test({
  name: "DnsLookup needs no more than the permission for a server on this machine",
  permissions: { net: ["127.0.0.1"] },
  async fn() {
    await using server = await scriptedServer(answers);
    const { records } = await DnsLookup.resolve("A", "a.example", server.options);
    assertEquals(records.length, 1);
    assertEquals(server.asked, ["+a.example"]);
  },
});

Deno.test({
  name: "DnsLookup tells which permission for the server is missing",
  permissions: { net: ["127.0.0.1"] },
  async fn() {
    const { message, cause } = await fails("resolver", { nameserver: "192.0.2.1" });
    assertInstanceOf(cause, PermissionError);
    assertEquals(
      message,
      'Cannot look up A of "a.example": it needs --allow-net=192.0.2.1:53',
    );
  },
});

/** What a look-up comes to in a process that has these flags and no others. */
async function lookUpWith(flags: readonly string[], ...question: DnsOnce): Promise<string> {
  const script = new URL("../_support/dns_once.ts", import.meta.url).pathname;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-check", ...flags, script, JSON.stringify(question)],
  }).output();
  assertEquals(new TextDecoder().decode(stderr), "");
  return new TextDecoder().decode(stdout).trim();
}

// These start a Deno of their own: only then are the flags exactly those of the documentation.
Deno.test("DnsLookup asks over TCP where it may bind no UDP socket", async () => {
  await using server = await scriptedServer(answers, {
    tcp: (query) => answers(query).map(framed),
  });
  const { nameserver, port } = server.options;
  const once = (...flags: string[]) => lookUpWith(flags, "A", "a.example", { nameserver, port });
  assertEquals(await once(`--allow-net=${nameserver}:${port}`), "127.0.0.1 60");
  assertEquals(server.asked.splice(0), ["tcp:a.example"]);
  assertEquals(await once(`--allow-net=${nameserver}:${port},0.0.0.0:0`), "127.0.0.1 60");
  assertEquals(server.asked, ["+a.example"]);
});

Deno.test("DnsLookup asks through Deno where it may not know the system's servers", async () => {
  // Deno answers for "localhost" by itself.
  assertEquals(await lookUpWith(["--allow-net"], "A", "localhost", {}), "127.0.0.1 0");
  const so = "it needs --allow-sys=networkInterfaces";
  assertEquals(
    await lookUpWith(["--allow-net"], "TLSA", "localhost", {}),
    `Cannot look up TLSA of "localhost": ${so}`,
  );
  assertEquals(
    await lookUpWith([], "A", "a.example", {}),
    `Cannot look up A of "a.example": ${so}`,
  );
});

Deno.test("DnsLookup reads what Deno answers as what servers do", async () => {
  const name = [1, 120, 0];
  const kinds: [type: DnsType, number: number, data: number[]][] = [
    ["A", 1, [127, 0, 0, 1]],
    ["AAAA", 28, [...HostAddress.localHostIPv6.toBytes()]],
    ["CAA", 257, [128, 5, 105, 115, 115, 117, 101, 97]],
    ["CNAME", 5, name],
    ["MX", 15, [0, 1, ...name]],
    ["MX", 15, [0, 0, 0]],
    ["NS", 2, name],
    ["PTR", 12, name],
    ["SRV", 33, [0, 1, 0, 2, 0, 3, ...name]],
    ["TXT", 16, [3, 0, 255, 128, 1, 97]],
  ];
  for (const [type, number, data] of kinds) {
    await using server = await scriptedServer((query) => [
      replyTo(query, { answers: [record(number, data, 0)] }),
    ]);
    const { port, nameserver } = server.options;
    const { records } = await DnsLookup.resolve(type, "a.example", server.options);
    const { answers } = await askDeno({ type, name: "a.example" }, {
      scope: PermissionScope.process,
      server: { address: new HostAddress(nameserver), port },
      signal: new AbortController().signal,
      timeout: 5000,
    });
    assertEquals(answers, records);
  }
});

Deno.test("DnsLookup tells Deno's failures in Qt's words", async () => {
  const ask = async (script: Script, options: { timeout?: number; signal?: AbortSignal } = {}) => {
    await using server = await scriptedServer(script);
    const { port, nameserver } = server.options;
    await askDeno({ type: "A", name: "a.example" }, {
      scope: PermissionScope.process,
      server: { address: new HostAddress(nameserver), port },
      signal: new AbortController().signal,
      timeout: 5000,
      ...options,
    });
  };
  const codeOf = async (...args: Parameters<typeof ask>) =>
    (await assertRejects(() => ask(...args), DnsLookupError)).code;
  assertEquals(await codeOf(code(3)), "notFound");
  assertEquals(await codeOf(silent, { timeout: 20 }), "timeout");
  const aborted = AbortSignal.abort(new Error("enough"));
  await assertRejects(() => ask(silent, { signal: aborted }), Error, "enough");
});
