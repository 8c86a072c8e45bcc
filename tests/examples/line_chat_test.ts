import { TcpSocket } from "@quayside/quayside/net";
import { assertEquals } from "@std/assert";
import { example, Lines } from "./_run.ts";

async function line(socket: TcpSocket): Promise<string> {
  return new TextDecoder().decode(await socket.readUntil("\n")).trimEnd();
}

Deno.test("line_chat lets all others hear what one says", async () => {
  await using chat = new Lines(await example("line_chat"));
  const to = { hostname: "127.0.0.1", port: await chat.port() };
  await using ann = await TcpSocket.connect(to);
  assertEquals(await line(ann), `You are guest ${ann.localPort}, one of 1`);
  const bob = await TcpSocket.connect(to);
  assertEquals(await line(bob), `You are guest ${bob.localPort}, one of 2`);
  assertEquals(await line(ann), `guest ${bob.localPort} is here`);
  bob.write("good evening\r\n");
  assertEquals(await line(ann), `guest ${bob.localPort}: good evening`);
  const left = `guest ${bob.localPort} has left`;
  await bob[Symbol.asyncDispose]();
  assertEquals(await line(ann), left);
});

Deno.test("line_chat shows out who says too much at once", async () => {
  await using chat = new Lines(await example("line_chat"));
  await using loud = await TcpSocket.connect({ hostname: "127.0.0.1", port: await chat.port() });
  await line(loud);
  loud.write("x".repeat(2000));
  assertEquals(await loud.waitForDisconnected(), true);
});
