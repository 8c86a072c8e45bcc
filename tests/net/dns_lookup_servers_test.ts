import { assert, assertEquals, assertRejects } from "@std/assert";
import { PermissionScope } from "../../core/permission.ts";
import { type AskOptions, askServers } from "../../net/_dns_resolver.ts";
import { DnsLookup } from "../../net/dns_lookup.ts";
import { DnsLookupError, type DnsLookupErrorCode } from "../../net/dns_lookup_error.ts";
import { HostAddress } from "../../protocol/host_address.ts";
import {
  answers,
  code,
  fails,
  framed,
  hasty,
  localHost,
  record,
  replyTo,
  type Script,
  type ScriptedServer,
  scriptedServer,
  silent,
} from "./_name_server.ts";

Deno.test("DnsLookup tells what a server's code means in Qt's words", async () => {
  const codes: [rcode: number, expected: DnsLookupErrorCode][] = [
    [1, "invalidRequest"],
    [2, "serverFailure"],
    [3, "notFound"],
    [4, "serverFailure"],
    [5, "serverRefused"],
    [9, "invalidReply"],
  ];
  for (const [rcode, expected] of codes) {
    await using server = await scriptedServer(code(rcode));
    const { message } = await fails(expected, server.options);
    assert(
      message.startsWith(`Cannot look up A of "a.example": 127.0.0.1:${server.options.port} `),
      message,
    );
  }
});

Deno.test("DnsLookup asks again without EDNS where the server does not know it", async () => {
  for (const rcode of [1, 4]) {
    await using server = await scriptedServer((query) =>
      (query.hasEdns ? code(rcode) : answers)(query)
    );
    const { records } = await DnsLookup.resolve("A", "a.example", server.options);
    assertEquals(records.length, 1);
    assertEquals(server.asked, ["+a.example", "a.example"]);
  }
});

Deno.test("DnsLookup asks over TCP for what does not fit into a datagram", async () => {
  const long = Array.from({ length: 300 }, () => record(16, [200, ...new Uint8Array(200)]));
  const truncated: Script = (query) => [replyTo(query, { answers: [localHost], flags: 0x8380 })];
  await using server = await scriptedServer(truncated, {
    tcp: (query) => [framed(replyTo(query, { answers: long }))],
  });
  const { textRecords } = await DnsLookup.resolve("TXT", "a.example", server.options);
  assertEquals(textRecords.length, 300);
  assertEquals(server.asked, ["+a.example", "tcp:a.example"]);
});

Deno.test("DnsLookup fails as TCP does", async (t) => {
  const truncated: Script = (query) => [replyTo(query, { flags: 0x8380 })];
  const cases: [how: string, tcp: Script | undefined, expected: DnsLookupErrorCode][] = [
    ["refuses", undefined, "resolver"],
    ["is silent", silent, "timeout"],
    ["closes", () => [Uint8Array.of(0)], "serverFailure"],
    ["truncates too", (query) => truncated(query).map(framed), "invalidReply"],
    ["repeats another id", (q) => answers({ ...q, id: q.id ^ 1 }).map(framed), "invalidReply"],
    ["talks nonsense", () => [framed(new Uint8Array(3))], "invalidReply"],
  ];
  for (const [how, tcp, expected] of cases) {
    await t.step(how, async () => {
      await using server = await scriptedServer(truncated, tcp ? { tcp } : {});
      await fails(expected, { ...server.options, ...(expected === "timeout" ? hasty : {}) });
    });
  }
});

Deno.test("DnsLookup passes forged answers by and waits for its own", async (t) => {
  const forged: Script = (query) => [
    new Uint8Array(1),
    replyTo({ ...query, id: query.id ^ 0x8000 }, { answers: [localHost] }),
    replyTo({ ...query, question: Uint8Array.of(1, 98, 0, 0, 1, 0, 1) }, { answers: [localHost] }),
    query.bytes,
  ];
  await t.step("which comes", async () => {
    await using server = await scriptedServer((query) => [...forged(query), ...answers(query)]);
    const { records } = await DnsLookup.resolve("A", "a.example", server.options);
    assertEquals(records.length, 1);
  });
  await t.step("which does not come", async () => {
    await Promise.all([0, 1, 2, 3].map(async (i) => {
      await using server = await scriptedServer((query) => forged(query).slice(i, i + 1));
      await fails("invalidReply", { ...server.options, ...hasty });
    }));
  });
  await t.step("which comes at the second attempt", async () => {
    let attempts = 0;
    await using server = await scriptedServer((query) =>
      attempts++ === 0 ? forged(query) : answers(query)
    );
    const { records } = await DnsLookup.resolve("A", "a.example", {
      ...server.options,
      attemptTimeout: 100,
    });
    assertEquals(records.length, 1);
  });
});

Deno.test("DnsLookup does not look at what another port sends", async () => {
  await using server = await scriptedServer(answers, { from: "elsewhere" });
  await fails("timeout", { ...server.options, ...hasty });
  assertEquals(server.asked.length, 1);
});

Deno.test("DnsLookup tells malformed answers at once", async () => {
  const pointer = (to: number) => Uint8Array.of(0xc0, to, 0, 5, 0, 1, 0, 0, 0, 0, 0, 0);
  const malformed: Script[] = [
    (query) => [replyTo(query, { answers: [pointer(0x3f)] })],
    (query) => [replyTo(query, { answers: [record(5, [0xc0, 40])] })],
    (query) => [replyTo(query, { answers: [record(1, [127, 0, 0])] })],
    (query) => [replyTo(query, { answers: [record(5, [5, 97])] })],
    (query) => [replyTo(query, { answers: [localHost] }).slice(0, -1)],
    (query) => [replyTo(query).slice(0, 12)],
  ];
  for (const script of malformed) {
    await using server = await scriptedServer(script);
    await fails("invalidReply", { ...server.options, attemptTimeout: 60_000 });
    assertEquals(server.asked.length, 1);
  }
});

Deno.test("DnsLookup gives a silent server as many attempts as told, and no more time", async () => {
  await using server = await scriptedServer(silent);
  const start = performance.now();
  await fails("timeout", { ...server.options, attempts: 3, attemptTimeout: 50 });
  assertEquals(server.asked.length, 3);
  await fails("timeout", { ...server.options, timeout: 20 });
  await fails("timeout", { ...server.options, timeout: 0 });
  assert(performance.now() - start < 2000);
});

/** Asks some servers in a row. */
function askAll(
  servers: readonly ScriptedServer[],
  options: Partial<AskOptions> = {},
): ReturnType<typeof askServers> {
  return askServers({ type: "A", name: "a.example" }, {
    servers: servers.map(({ options: { port, nameserver } }) => ({
      address: new HostAddress(nameserver),
      port,
    })),
    scope: PermissionScope.process,
    attempts: 2,
    attemptTimeout: 100,
    timeout: Infinity,
    signal: new AbortController().signal,
    ...options,
  });
}

Deno.test("DnsLookup asks the next server when one is silent, fails or talks nonsense", async () => {
  const nonsense: Script = (query) => [replyTo(query).slice(0, 12)];
  for (const script of [silent, code(2), code(5), nonsense]) {
    await using bad = await scriptedServer(script);
    await using good = await scriptedServer(answers);
    assertEquals((await askAll([bad, good])).answers.length, 1);
    assertEquals([bad.asked.length, good.asked.length], [1, 1]);
  }
});

Deno.test("DnsLookup believes the first server that says there is no such name", async () => {
  await using nobody = await scriptedServer(code(3));
  await using good = await scriptedServer(answers);
  const error = await assertRejects(() => askAll([nobody, good]), DnsLookupError);
  assertEquals([error.code, good.asked.length], ["notFound", 0]);
});

Deno.test("DnsLookup asks only silent servers again, and blames who spoke", async () => {
  await using quiet = await scriptedServer(silent);
  await using broken = await scriptedServer(code(2));
  const error = await assertRejects(() => askAll([quiet, broken]), DnsLookupError);
  assertEquals(error.code, "serverFailure");
  const often = { attempts: Infinity };
  await assertRejects(() => askAll([broken], often), DnsLookupError);
  broken.asked.pop();
  assertEquals([quiet.asked.length, broken.asked.length], [2, 1]);
});

Deno.test("DnsLookup has a clear word where there is no server", async () => {
  const { code, message } = await assertRejects(() => askAll([]), DnsLookupError);
  assertEquals(code, "resolver");
  assertEquals(message, 'Cannot look up A of "a.example": no name server is known');
});
