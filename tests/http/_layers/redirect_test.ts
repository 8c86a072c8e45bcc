import { assertEquals, assertRejects } from "@std/assert";
import { HttpHeaders } from "../../../protocol/http_headers.ts";
import type { ExchangeRequest, ExchangeResponse } from "../../../http/_exchange.ts";
import { redirect } from "../../../http/_layers/redirect.ts";
import { NetworkAccessManager } from "../../../http/network_access_manager.ts";
import { NetworkReplyError } from "../../../http/network_reply_error.ts";
import { NetworkRequest, type NetworkRequestOptions } from "../../../http/network_request.ts";
import { PermissionScope } from "../../../core/permission.ts";
import { answering, ok, record, ScriptedServer } from "../_server.ts";

const moved = (location: string, status = 302) =>
  `HTTP/1.1 ${status} Moved\r\nLocation: ${location}\r\nContent-Length: 2\r\n\r\nhi`;

const pathOf = (head: string) => head.split(" ")[1]!;

Deno.test("redirect follows 301, 302, 303, 307 and 308, for GET and HEAD alike", async () => {
  const heads: string[] = [];
  await using server = answering((head) => {
    heads.push(head.split("\r\n")[0]!);
    const [, status] = /^\w+ \/(3..)/.exec(head) ?? [];
    const answer = status === undefined ? ok("end") : moved("end", Number(status));
    return head.startsWith("HEAD") ? answer.slice(0, answer.indexOf("\r\n\r\n") + 4) : answer;
  });
  await using manager = new NetworkAccessManager();
  for (const status of [301, 302, 303, 307, 308]) {
    const reply = manager.get(server.url(`/${status}`));
    const seen = record(reply);
    assertEquals([await reply.text(), reply.httpStatus], ["end", 200]);
    assertEquals(reply.url.href, server.url("/end"));
    assertEquals(reply.request.url.href, server.url(`/${status}`));
    assertEquals(seen.filter((each) => /redirected|metaData/.test(each)).length, 2);
  }
  assertEquals((await manager.head(server.url("/303")).done).url.pathname, "/end");
  assertEquals(heads.slice(-2), ["HEAD /303 HTTP/1.1", "HEAD /end HTTP/1.1"]);
  assertEquals(server.connections, 1);
});

Deno.test("redirect leaves other statuses alone, and those without a Location", async () => {
  await using server = answering((head) =>
    pathOf(head) === "/none" ? "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n" : moved("/x", 300)
  );
  await using manager = new NetworkAccessManager();
  assertEquals((await manager.get(server.url("/none")).done).httpStatus, 302);
  assertEquals(await manager.get(server.url("/300")).text(), "hi");
});

Deno.test("redirect resolves locations and inherits fragments", async () => {
  const locations: Record<string, string> = {
    "/a/b?c": "d",
    "/a/d": "../e?f#own",
    "/e?f": "//127.0.0.1:PORT/g",
    "/g": "/\xc3\xbc",
    "/%C3%BC": "#",
  };
  const seen: string[] = [];
  await using server = new ScriptedServer(async (peer) => {
    for (let head; (head = await peer.request()) !== null;) {
      const location = seen.length < 5 ? locations[pathOf(head)] : undefined;
      seen.push(pathOf(head));
      const answer = location === undefined
        ? ok()
        : moved(location.replace("PORT", `${server.port}`));
      await peer.send(Uint8Array.from(answer, (c) => c.charCodeAt(0)));
    }
  });
  await using manager = new NetworkAccessManager();
  const reply = manager.get(server.url("/a/b?c#first"));
  const urls: string[] = [];
  reply.redirected.connect((url) => urls.push(url.href.replace(server.url(""), "")));
  await reply.done;
  assertEquals(seen, ["/a/b?c", "/a/d", "/e?f", "/g", "/%C3%BC", "/%C3%BC"]);
  assertEquals(urls, ["/a/d#first", "/e?f#own", "/g#own", "/%C3%BC#own", "/%C3%BC#"]);
  assertEquals(reply.error, null);
});

Deno.test("redirect gives up after maxRedirects, the first of them for 0", async () => {
  let requests = 0;
  await using server = answering(() => (requests++, moved("/")));
  await using manager = new NetworkAccessManager();
  const limits: [NetworkRequestOptions, number][] = [[{}, 51], [{ maxRedirects: 0 }, 1], [
    { maxRedirects: 2 },
    3,
  ]];
  for (const [options, expected] of limits) {
    requests = 0;
    const reply = manager.get(new NetworkRequest(server.url(), options));
    await assertRejects(() => reply.bytes(), NetworkReplyError, "have been followed already");
    assertEquals([reply.error, requests], ["tooManyRedirects", expected]);
  }
  assertEquals(server.connections, 1);
});

Deno.test("redirect goes to http and https alone, and opens nothing else", async () => {
  await using server = answering((head) => moved(decodeURIComponent(pathOf(head).slice(1))));
  await using manager = new NetworkAccessManager();
  const targets = [
    "file:///etc/passwd",
    "data:,x",
    "ftp://a/",
    "http://[",
    "unix+http://a",
    "https://a/",
  ];
  for (const target of targets) {
    const reply = manager.get(server.url(`/${encodeURIComponent(target)}`));
    await reply.done;
    assertEquals([target, reply.error, reply.httpStatus], [target, "protocolUnknown", 0]);
  }
  await using twice = answering(() =>
    "HTTP/1.1 302 Found\r\nLocation: /a\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n"
  );
  assertEquals((await manager.get(twice.url()).done).error, "protocolUnknown");
  assertEquals([server.connections, twice.connections], [1, 1]);
});

Deno.test("redirect gives its connection back when it refuses while the body still comes", async () => {
  const closed = Promise.withResolvers<void>();
  await using server = new ScriptedServer(async (peer) => {
    await peer.request();
    await peer.send("HTTP/1.1 302 Found\r\nLocation: file:///a\r\nContent-Length: 99999\r\n\r\nhi");
    await peer.send(new Uint8Array(99_000));
    if (await peer.request() === null) closed.resolve();
  });
  await using manager = new NetworkAccessManager();
  assertEquals((await manager.get(server.url()).done).error, "protocolUnknown");
  await closed.promise;
});

Deno.test("redirect keeps to the policy", async () => {
  await using other = answering(() => ok("other"));
  await using server = answering((head) =>
    pathOf(head) === "/away" ? moved(other.url()) : pathOf(head) === "/" ? moved("/b") : ok("b")
  );
  await using manager = new NetworkAccessManager({ redirectPolicy: "sameOrigin" });
  assertEquals(await manager.get(server.url()).text(), "b");
  const away = manager.get(server.url("/away"));
  await assertRejects(() => away.bytes(), NetworkReplyError, "only the same origin");
  assertEquals([away.error, other.connections], ["insecureRedirect", 0]);
  const free = new NetworkRequest(server.url("/away"), { redirectPolicy: "noLessSafe" });
  assertEquals(await manager.get(free).text(), "other");
  const manual = manager.get(new NetworkRequest(server.url(), { redirectPolicy: "manual" }));
  assertEquals([await manual.text(), manual.httpStatus, manual.error], ["hi", 302, null]);
  assertEquals(manual.headers.get("location"), "/b");
});

Deno.test("redirect keeps credentials from other origins, for good", async () => {
  const heads: string[] = [];
  const secrets = {
    Authorization: "Basic x",
    Cookie: "a=b",
    "Proxy-Authorization": "y",
    "X-Own": "1",
  };
  await using other = answering((head) => (heads.push(head), moved(first.url("/back"))));
  await using first = answering((head) => {
    heads.push(head);
    return pathOf(head) === "/"
      ? moved("/same")
      : pathOf(head) === "/same"
      ? moved(other.url())
      : ok();
  });
  await using manager = new NetworkAccessManager();
  await manager.get(new NetworkRequest(first.url(), { headers: secrets })).done;
  const sent = heads.map((head) =>
    Object.keys(secrets).filter((name) => head.includes(`${name}: `))
  );
  assertEquals(sent.map((names) => names.length), [4, 4, 1, 1]);
  assertEquals(heads[2]!.includes(`Host: 127.0.0.1:${other.port}\r\n`), true);
});

Deno.test("redirect from https to http is refused", async () => {
  const url = new URL("https://a/");
  const response: ExchangeResponse = {
    url,
    httpVersion: "1.1",
    status: 302,
    reasonPhrase: "",
    headers: new HttpHeaders({ Location: "http://a/" }),
    body: { read: () => Promise.resolve(null), cancel() {} },
  };
  const request: ExchangeRequest = {
    method: "GET",
    url,
    headers: new HttpHeaders(),
    signal: new AbortController().signal,
    events: {},
    scope: PermissionScope.process,
    redirectPolicy: "noLessSafe",
    maxRedirects: 5,
  };
  const error = await assertRejects(
    () => redirect(() => Promise.resolve(response))(request),
    NetworkReplyError,
  );
  assertEquals(error.code, "insecureRedirect");
});

Deno.test("redirect does not wait for a body that stalls once it is aborted", async () => {
  const closed = Promise.withResolvers<void>();
  await using server = new ScriptedServer(async (peer) => {
    await peer.request();
    await peer.send("HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 9\r\n\r\nhi");
    if (await peer.request() === null) closed.resolve();
  });
  await using manager = new NetworkAccessManager({ transferTimeout: 20 });
  assertEquals((await manager.get(server.url()).done).error, "timeout");
  await closed.promise;
});
