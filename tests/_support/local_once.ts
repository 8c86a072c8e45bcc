/**
 * A program for tests of permissions: `local_once.ts NAME [OPTIONS]` listens on a name, sends a
 * word through it and prints it with the mode of the file, or prints what went wrong.
 */
import { type LocalAccess, LocalServer } from "../../ipc/local_server.ts";
import { LocalSocket } from "../../ipc/local_socket.ts";

const [name = "", options = "{}"] = Deno.args;
try {
  const { access, ...rest } = JSON.parse(options);
  const who = access && { access: new Set<LocalAccess>(access) };
  await using server = await LocalServer.listen(name, { ...rest, ...who });
  await using socket = await LocalSocket.connect({ name, ...rest });
  socket.write("word");
  await server.waitForNewConnection();
  await using peer = server.nextPendingConnection()!;
  const word = new TextDecoder().decode(await peer.readExactly(4));
  const mode = Deno.statSync(server.fullServerName).mode! & 0o777;
  console.log(word, server.fullServerName, mode.toString(8));
} catch (error) {
  console.log((error as { code: string }).code, (error as { cause: { flag: string } }).cause?.flag);
}
