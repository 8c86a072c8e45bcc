import { assert, assertEquals } from "@std/assert";
import { UdpSocket } from "../../net/udp_socket.ts";
import { arrived, bound, engines, text } from "../_support/datagrams.ts";

for (const engine of engines) {
  const test = (name: string, run: () => Promise<void>) => Deno.test(`${name} (${engine})`, run);

  test("UdpSocket closes in any state, and what was sent still leaves", async () => {
    await using server = await bound({ engine });
    const idle = new UdpSocket({ engine });
    idle.close();
    idle.abort();
    await idle[Symbol.asyncDispose]();
    const connecting = new UdpSocket({ engine });
    connecting.connectToHost("127.0.0.1", server.localPort);
    connecting.abort();
    assertEquals(connecting.state, "unconnected");
    assertEquals(await connecting.waitForConnected(), false);
    const sender = new UdpSocket({ engine });
    for (let i = 0; i < 20; i++) sender.writeDatagram("x", "127.0.0.1", server.localPort);
    sender.close();
    sender.close();
    await sender[Symbol.asyncDispose]();
    await arrived(server, 20);
    assert(sender.bind({ address: "127.0.0.1" }));
    await sender[Symbol.asyncDispose]();
  });

  test("UdpSocket gives what had arrived after it has closed", async () => {
    await using a = await bound({ engine });
    await using b = await bound({ engine });
    a.writeDatagram("kept", "127.0.0.1", b.localPort);
    await arrived(b, 4);
    b.close();
    assertEquals(text(b.receiveDatagram()!.data), "kept");
    assertEquals(await b.waitForReadyRead(), false);
  });

  test("UdpSocket.abort() of a bound socket does not say disconnected", async () => {
    const socket = await bound({ engine });
    const told: string[] = [];
    socket.stateChanged.connect((state) => told.push(state));
    socket.disconnected.connect(() => told.push("(disconnected)"));
    socket.abort();
    await socket[Symbol.asyncDispose]();
    assertEquals(told, ["unconnected"]);
  });
}

Deno.test("UdpSocket.unref() lets the process end", async () => {
  for (const engine of engines) {
    const code = `import { UdpSocket } from ${
      JSON.stringify(new URL("../../net/udp_socket.ts", import.meta.url).href)
    };
      const socket = await UdpSocket.bind({ address: "127.0.0.1", engine: "${engine}" });
      socket.unref();`;
    const flags = Deno.listenDatagram === undefined ? [] : ["--unstable-net"];
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        ...flags,
        "--no-lock",
        `data:application/typescript,${encodeURIComponent(code)}`,
      ],
      signal: AbortSignal.timeout(20_000),
    }).output();
    assert(success, engine);
  }
});
