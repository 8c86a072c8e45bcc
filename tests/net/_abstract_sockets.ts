/** What the tests of AbstractSocket share. */

/** Bytes as text. */
export const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** Listens without a server of ours. */
export function listen(): Deno.TcpListener {
  return Deno.listen({ hostname: "127.0.0.1", port: 0 });
}
