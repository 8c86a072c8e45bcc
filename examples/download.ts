/**
 * Saves a URL to a file, and tells of it by signals: the head, the progress, the end.
 *
 * ```sh
 * deno run --allow-net=example.com:80 --allow-write=page.html examples/download.ts http://example.com/ page.html
 * ```
 *
 * @module
 */
import { NetworkAccessManager } from "@quayside/quayside/http";

const [url, path] = Deno.args;
if (url === undefined || path === undefined) {
  console.error("usage: download.ts URL FILE");
  Deno.exit(2);
}

await using manager = new NetworkAccessManager();
const reply = manager.get(url);

reply.metaDataChanged.connect(() => {
  console.log(`${reply.httpStatus} ${reply.reasonPhrase}, ${reply.headers.get("content-type")}`);
});
reply.redirected.connect((target) => console.log(`redirected to ${target}`));
reply.downloadProgress.connect((received, total) => console.log(`${received} of ${total} bytes`));
reply.errorOccurred.connect((error) => console.error(`${error.code}: ${error.message}`));
reply.finished.connect(() => console.log("finished"));

const response = await reply.response().catch(() => null);
if (response?.ok) await Deno.writeFile(path, response.body!);
await reply.done;
if (reply.error !== null) Deno.exitCode = 1;
