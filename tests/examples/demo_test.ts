import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ended, example, Lines } from "./_run.ts";

/** A file of so many bytes that goes with the scope. */
async function fileOf(size: number): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.makeTempFile();
  await Deno.writeFile(path, new Uint8Array(size).map((_, i) => i % 251));
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path) };
}

Deno.test("demo checks every byte and prints plain text in a pipe", async () => {
  await using file = await fileOf(3_000_000);
  const { code, stdout, stderr } = await ended(await example("demo", { args: [file.path] }));
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  assertStringIncludes(stdout, "3.0 MB");
  assertMatch(stdout, /^download and SHA-256 .* right$/m);
  assertMatch(stdout, /^10000 round trips of 64 bytes .* right$/m);
  assertStringIncludes(stdout, "Every byte came back right.");
  // deno-lint-ignore no-control-regex
  assertEquals(stdout.match(/[\x00-\x09\x0b-\x1f\x7f]/), null);
});

Deno.test("demo fails when the file changes while it is served", async () => {
  await using file = await fileOf(3_000_000);
  await using demo = new Lines(await example("demo", { args: [file.path] }));
  await demo.next();
  assertMatch(await demo.next(), /^SHA-256 [0-9a-f]{64}$/);
  // The hash is taken: what is served from now on is another file of the same size.
  await Deno.writeFile(file.path, new Uint8Array(3_000_000));
  const lines = [];
  while (!lines.at(-1)?.startsWith("BYTES")) lines.push(await demo.next());
  assertMatch(lines.join("\n"), /^download and SHA-256 .* WRONG$/m);
  assertEquals(await demo.code(), 1);
});
