import { assertEquals } from "@std/assert";
import { ended, example } from "./_run.ts";

/** Runs the example on an answer and gives what it printed, with the port left out. */
async function download(answer: () => Response, path: string) {
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, answer);
  const host = `127.0.0.1:${server.addr.port}`;
  const replace = { "example.com:80": host, "example.com": host, "page.html": path };
  const { code, stdout, stderr } = await ended(await example("download", { replace }));
  return { code, stderr: stderr.replaceAll(host, "HOST"), lines: stdout.trimEnd().split("\n") };
}

Deno.test("download saves a body and tells of it", async () => {
  const path = await Deno.makeTempFile();
  const { code, stderr, lines } = await download(() => new Response("a page"), path);
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  assertEquals(lines, ["200 OK, text/plain;charset=UTF-8", "6 of 6 bytes", "finished"]);
  assertEquals(await Deno.readTextFile(path), "a page");
  await Deno.remove(path);
});

Deno.test("download fails where there is nothing", async () => {
  const path = await Deno.makeTempFile();
  const { code, stderr } = await download(() => new Response("no", { status: 404 }), path);
  assertEquals(code, 1);
  assertEquals(stderr.split(":")[0], "contentNotFound");
  assertEquals(await Deno.readTextFile(path), "");
  await Deno.remove(path);
});
