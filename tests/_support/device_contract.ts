/**
 * What every device promises, as tests that any pair of a device and its peer can be put through.
 *
 * Say how a pair is made, and what the device can do; the rest registers itself:
 *
 * ```ts ignore
 * deviceContract("TcpSocket", async (options) => {
 *   using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
 *   const [device, conn] = await Promise.all([
 *     TcpSocket.connect({ hostname: "127.0.0.1", port: listener.addr.port, ...options }),
 *     listener.accept(),
 *   ]);
 *   return { device, peer: transportPeer(conn), errors: device.errorOccurred };
 * }, { pathSize: 16 * 1024 * 1024 });
 * ```
 *
 * The peer is best something that is not ours. A device that only reads says `writable: false` and
 * needs no `receive` and `receiveEnd` of its peer; one whose peer cannot break off leaves `fail`
 * out. A pair is made anew for each test; after it the device and then the peer are closed.
 */
import { assertEquals } from "@std/assert";
import type { Transport } from "../../core/transport.ts";
import {
  type Case,
  type ContractDeviceOptions,
  type ContractOptions,
  type ContractPeer,
  LIMIT,
  type MakePair,
} from "./contract_pair.ts";
import { limited, reading, sharing } from "./contract_reading.ts";
import { ending, halfClosing, writing } from "./contract_writing.ts";

export { assertSame, pattern } from "./contract_pair.ts";
export type {
  ContractDeviceOptions,
  ContractOptions,
  ContractPair,
  ContractPeer,
  MakePair,
} from "./contract_pair.ts";

/** Registers the tests of the contract for a device. */
export function deviceContract(
  name: string,
  makePair: MakePair,
  options: ContractOptions = {},
): void {
  const { writable = true, halfClose = writable, pathSize = 1024 * 1024 } = options;
  const able = { writable, halfClose, pathSize };
  const register = (cases: Record<string, Case>, wanted: ContractDeviceOptions = {}) => {
    for (const [promise, check] of Object.entries(cases)) {
      Deno.test(`${name} ${promise}`, async () => {
        const pair = await makePair(wanted);
        await using _peer = pair.peer;
        await using _device = pair.device;
        await check(pair, able);
      });
    }
  };
  register(reading);
  register(sharing);
  register(ending);
  register(limited, { readBufferSize: LIMIT });
  if (writable) register(writing);
  if (halfClose) register(halfClosing, { allowHalfOpen: true });
}

/** A peer over any transport, `Deno.Conn` for one. */
export function transportPeer(transport: Transport): ContractPeer {
  let isClosed = false;
  const once = (close: () => void) => {
    if (!isClosed) close();
    isClosed = true;
  };
  const peer: ContractPeer = {
    async send(bytes) {
      for (let sent = 0; sent < bytes.length;) sent += await transport.write(bytes.subarray(sent));
    },
    end: () => transport.closeWrite!(),
    async receive(size) {
      const bytes = new Uint8Array(size);
      for (let got = 0; got < size;) {
        const count = await transport.read(bytes.subarray(got));
        if (count === null) throw new Error(`Cannot receive ${size} bytes: ${got} came`);
        got += count;
      }
      return bytes;
    },
    async receiveEnd() {
      assertEquals(await transport.read(new Uint8Array(1)), null);
    },
    [Symbol.asyncDispose]: () => Promise.resolve(once(() => transport.close())),
  };
  if (transport.abort) peer.fail = () => once(() => transport.abort!());
  return peer;
}
