/** What the tests of `dial()` share. */
import { assertEquals, assertRejects } from "@std/assert";
import { dial, type DialOptions, type TcpTarget, type UnixTarget } from "../../core/_dial.ts";
import { SocketError, type SocketErrorCode } from "../../core/error.ts";
import type { PermissionGrants } from "../../core/permission.ts";
import type { Transport } from "../../core/transport.ts";
import { HostAddress } from "../../protocol/host_address.ts";

/** Addresses, by their texts. */
export const list = (text: string) => text.split(" ").map((each) => new HostAddress(each));

/** A look-up that gives these addresses. */
export const resolved = (text: string): Pick<DialOptions, "lookup"> => ({
  lookup: () => Promise.resolve(list(text)),
});

/** A port of this machine that refuses. */
export function closedPort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Listens, by default on the loopback address. */
export function listen(hostname = "127.0.0.1"): Deno.TcpListener {
  return Deno.listen({ hostname, port: 0 });
}

/** Fails to dial, with this code. */
export async function fails(
  code: SocketErrorCode,
  target: TcpTarget | UnixTarget,
  options?: DialOptions,
): Promise<SocketError> {
  const error = await assertRejects(() => dial(target, options), SocketError);
  assertEquals(error.code, code, error.message);
  return error;
}

/** Sends bytes both ways. */
export async function echoes(transport: Transport, peer: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(16);
  await transport.write(new TextEncoder().encode("ping"));
  assertEquals(await peer.read(buffer), 4);
  await peer.write(buffer.subarray(0, 4));
  assertEquals(await transport.read(buffer), 4);
  assertEquals(new TextDecoder().decode(buffer.subarray(0, 4)), "ping");
}

/** What `dial_once.ts` prints when it runs with these flags alone. */
export async function dialOnce(
  flags: readonly string[],
  target: (TcpTarget | UnixTarget) & { options?: DialOptions },
  grants: PermissionGrants | null = null,
): Promise<Record<string, unknown>> {
  const script = new URL("../_support/dial_once.ts", import.meta.url).pathname;
  const args = ["run", "--no-prompt", "--no-check", ...flags, script];
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args, JSON.stringify(target), JSON.stringify(grants)],
  }).output();
  assertEquals(new TextDecoder().decode(stderr), "");
  return JSON.parse(new TextDecoder().decode(stdout));
}
