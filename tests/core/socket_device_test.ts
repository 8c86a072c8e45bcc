import { assert, assertEquals } from "@std/assert";
import type { SocketError } from "../../core/error.ts";
import { SocketDevice } from "../../core/socket_device.ts";
import type { Transport } from "../../core/transport.ts";
import { memoryPair } from "../_support/memory_transport.ts";

/** Connects to what it is given, under the name "there". */
class Socket extends SocketDevice {
  readonly told: string[] = [];

  constructor(order: "stateFirst" | "failureFirst" = "stateFirst") {
    super();
    this.#order = order;
    this.stateChanged.connect((state) => this.told.push(`[${state}]`));
    this.errorOccurred.connect(({ code }) => this.told.push(`errorOccurred ${code}`));
    this.connected.connect(() => this.told.push("connected"));
    this.disconnected.connect(() => this.told.push("disconnected"));
  }

  readonly #order;

  connectTo(open: (signal: AbortSignal) => Promise<Transport>): void {
    this._connect({ peer: "there", open: async (signal) => ({ transport: await open(signal) }) });
  }

  until(): Promise<void> {
    return this._untilConnected({ timeout: 5_000 });
  }

  leave(): void {
    this._shut(Infinity);
  }

  protected override get _tellsFailureFirst(): boolean {
    return this.#order === "failureFirst";
  }
}

const refused = () => Promise.reject(new Deno.errors.ConnectionRefused("refused"));

Deno.test("SocketDevice tells a failed attempt in the order of its class", async () => {
  for (const order of ["stateFirst", "failureFirst"] as const) {
    const socket = new Socket(order);
    socket.connectTo(refused);
    assertEquals(await socket.waitForConnected(), false);
    await socket[Symbol.asyncDispose]();
    const rest = ["[unconnected]", "errorOccurred connectionRefused"];
    if (order === "failureFirst") rest.reverse();
    assertEquals(socket.told, ["[connecting]", ...rest]);
    assertEquals(socket.errorString, "Cannot connect to there: connection refused");
  }
});

Deno.test("SocketDevice tells each step of a connection that its peer ends", async () => {
  const [ours, theirs] = memoryPair();
  const socket = new Socket();
  socket.connectTo(() => Promise.resolve(ours));
  await socket.until();
  theirs.close();
  assert(await socket.waitForDisconnected());
  assertEquals(socket.told, [
    "[connecting]",
    "[connected]",
    "connected",
    "errorOccurred remoteHostClosed",
    "[closing]",
    "[unconnected]",
    "disconnected",
  ]);
  assertEquals(socket.errorString, "Cannot read more from there: it closed its side");
});

Deno.test("SocketDevice gives an attempt up when it is aborted, also by a slot", async () => {
  for (const order of ["stateFirst", "failureFirst"] as const) {
    const socket = new Socket(order);
    let signal!: AbortSignal;
    socket.connectTo((given) => {
      signal = given;
      return new Promise((_, reject) => given.onabort = () => reject(given.reason));
    });
    const waiting = socket.until().catch((error: SocketError) => error.code);
    await Promise.resolve();
    socket.abort();
    assert(signal.aborted);
    assertEquals(await waiting, "operation");
    assertEquals(socket.told, ["[connecting]", "[unconnected]"]);
    socket.errorOccurred.connect(() => socket.abort());
    socket.connectTo(refused);
    assertEquals(await socket.waitForConnected(), false);
    await socket[Symbol.asyncDispose]();
    assertEquals(socket.told.filter((line) => line === "[unconnected]").length, 2);
  }
});

Deno.test("SocketDevice closes a connection that came too late", async () => {
  const [ours] = memoryPair();
  const socket = new Socket();
  const late = Promise.withResolvers<Transport>();
  socket.connectTo(() => late.promise);
  await Promise.resolve();
  socket.abort();
  late.resolve(ours);
  await late.promise;
  while (!ours.isClosed) await Promise.resolve();
  assertEquals(socket.state, "unconnected");
});

Deno.test("SocketDevice writes what it was given while connecting, then closes", async () => {
  const [ours, theirs] = memoryPair();
  const socket = new Socket();
  const coming = Promise.withResolvers<Transport>();
  socket.connectTo(() => coming.promise);
  socket.write("early");
  socket.leave();
  coming.resolve(ours);
  await socket.waitForDisconnected();
  const buffer = new Uint8Array(10);
  assertEquals(await theirs.read(buffer), 5);
  assertEquals(new TextDecoder().decode(buffer.subarray(0, 5)), "early");
  assertEquals(socket.told.slice(-3), ["[closing]", "[unconnected]", "disconnected"]);
});

Deno.test("SocketDevice reads what had arrived after writing has failed", async () => {
  const [ours, theirs] = memoryPair();
  const socket = new Socket();
  socket.connectTo(() => Promise.resolve(ours));
  await socket.until();
  await theirs.write(new TextEncoder().encode("last words"));
  ours.failWriting(new Deno.errors.BrokenPipe("gone"));
  socket.write("x");
  const [error] = await socket.errorOccurred.next();
  assertEquals([error.code, socket.state], ["remoteHostClosed", "closing"]);
  await theirs.closeWrite();
  assert(await socket.waitForDisconnected());
  assertEquals(new TextDecoder().decode(socket.readAll()), "last words");
});
