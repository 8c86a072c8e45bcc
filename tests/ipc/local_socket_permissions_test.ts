import { assertEquals, assertRejects } from "@std/assert";
import { SocketError } from "../../core/error.ts";
import { type PermissionError, permissionFlag, PermissionScope } from "../../core/permission.ts";
import { requiredPermissions } from "../../core/required_permissions.ts";
import { LocalSocket } from "../../ipc/local_socket.ts";
import { assertNothingLives } from "../_support/live.ts";
import { flagsFor, folder, once } from "../_support/local.ts";

Deno.test("LocalSocket with credentials or descriptors needs the FFI permission besides", async () => {
  await using sockets = await folder();
  const name = sockets.at("s");
  const [ffi] = requiredPermissions({ fileDescriptors: true }).map(permissionFlag) as [string];
  for (const options of [{ credentials: true }, { fileDescriptors: true }]) {
    const granted = [...flagsFor(name), ffi];
    assertEquals(await once(granted, { name, options }), `word ${name} 700`);
    assertEquals(await once(flagsFor(name), { name, options }), `socketAccess ${ffi}`);
  }
});

Deno.test("LocalSocket asks its scope before it calls into libc", async () => {
  await using sockets = await folder();
  const name = sockets.at("s");
  const scope = new PermissionScope({ net: [`unix:${name}`], read: [name], write: [name] });
  using _listener = Deno.listen({ transport: "unix", path: name });
  const error = await assertRejects(
    () => LocalSocket.connect({ name, credentials: true, scope }),
    SocketError,
  );
  assertEquals(error.code, "socketAccess");
  assertEquals((error.cause as PermissionError).refusedBy, "scope");
  await assertNothingLives();
});
