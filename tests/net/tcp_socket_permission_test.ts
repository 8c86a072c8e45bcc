import { assert, assertEquals, assertInstanceOf } from "@std/assert";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test("TcpSocket.connect() without permission names the exact flag", async () => {
  const module = import.meta.resolve("../../net/mod.ts");
  const script = `
    import { TcpServer, TcpSocket } from ${JSON.stringify(module)};
    const tried = [
      () => TcpSocket.connect({ hostname: "localhost", port: 9 }),
      () => TcpSocket.connect({ hostname: "::1", port: 9, resettable: true }),
      () => TcpSocket.connect({ hostname: "127.0.0.1", port: 1, localPort: 8 }),
      () => TcpServer.listen({ address: "127.0.0.1", port: 7 }),
      () => TcpServer.listen({ port: 7, reusePort: true }),
    ];
    for (const attempt of tried) {
      const error = await attempt().catch((error) => error);
      console.log(error.code, error.cause.name, error.cause.flag);
    }`;
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--allow-net=127.0.0.1:1",
      `data:text/typescript,${encodeURIComponent(script)}`,
    ],
    signal: AbortSignal.timeout(20_000),
  }).output();
  assert(success, text(stderr));
  assertEquals(text(stdout).trim().split("\n"), [
    "socketAccess PermissionError --allow-net=localhost:9",
    "socketAccess PermissionError --allow-net=[::1]:9",
    "socketAccess PermissionError --allow-net=0.0.0.0:8",
    "socketAccess PermissionError --allow-net=127.0.0.1:7",
    "socketAccess PermissionError --allow-net=[::]:7",
  ]);
});

Deno.test("TcpSocket works with exactly the flag that it documents", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const module = import.meta.resolve("../../net/mod.ts");
  const script = `
    import { TcpSocket } from ${JSON.stringify(module)};
    const socket = await TcpSocket.connect({ hostname: "127.0.0.1", port: ${port} });
    socket.write("hello");
    await socket[Symbol.asyncDispose]();`;
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      `--allow-net=127.0.0.1:${port}`,
      `data:text/typescript,${encodeURIComponent(script)}`,
    ],
    signal: AbortSignal.timeout(20_000),
  }).output();
  using peer = await listener.accept();
  const buffer = new Uint8Array(9);
  assertEquals(text(buffer.subarray(0, (await peer.read(buffer))!)), "hello");
  const { success, stderr } = await child;
  assert(success, text(stderr));
  assertInstanceOf(peer, Object);
});
