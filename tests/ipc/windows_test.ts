import { assertEquals, assertRejects } from "@std/assert";
import { PermissionError, PermissionScope } from "../../core/permission.ts";
import { connectPipe, listenOnPipe } from "../../ipc/_windows.ts";
import { LocalSocket } from "../../ipc/local_socket.ts";
import { deviceContract, transportPeer } from "../_support/device_contract.ts";
import { folder } from "../_support/local.ts";

// Where there are no pipes, node does the same over Unix sockets.
const scope = PermissionScope.process;

deviceContract("LocalSocket over a pipe", async (options) => {
  await using sockets = await folder();
  const listener = await listenOnPipe({ path: sockets.at("s") }, { scope });
  const [ours, theirs] = await Promise.all([connectPipe(sockets.at("s")), listener.accept()]);
  listener.close();
  const device = LocalSocket.from(ours, options);
  const peer = transportPeer(theirs);
  delete peer.fail;
  return { device, peer, errors: device.errorOccurred };
});

Deno.test("PipeListener keeps who comes until it is asked, and ends with its last", async () => {
  await using sockets = await folder();
  const path = sockets.at("s");
  const listener = await listenOnPipe({ path }, { scope });
  listener.unref();
  listener.ref();
  const clients = await Promise.all([connectPipe(path), connectPipe(path)]);
  (await listener.accept()).close();
  (await listener.accept()).close();
  const third = assertRejects(() => listener.accept(), Deno.errors.BadResource);
  listener.close();
  await third;
  for (const client of clients) {
    assertEquals(await client.read(new Uint8Array(1)), null);
    client.close();
  }
});

Deno.test("connectPipe() and listenOnPipe() tell what is wrong", async () => {
  await using sockets = await folder();
  const path = sockets.at("s");
  const error = await assertRejects(() => connectPipe(path), Error);
  assertEquals((error as { code?: string }).code, "ENOENT");
  const narrow = new PermissionScope({ read: [path] });
  await assertRejects(
    async () => await listenOnPipe({ path }, { scope: narrow }),
    PermissionError,
    `write ${path}`,
  );
});
