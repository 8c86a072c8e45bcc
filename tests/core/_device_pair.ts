/** Devices over memory, for the tests of IODevice. */
import { IODevice } from "../../core/io_device.ts";
import { memoryPair, type MemoryTransport } from "../_support/memory_transport.ts";

/** Text as bytes. */
export const bytes = (text: string) => new TextEncoder().encode(text);

/** Bytes as text; `null` stays. */
export const text = (bytes: Uint8Array | null) => bytes && new TextDecoder().decode(bytes);

/** A device, its transport and the other end of that. */
export interface Pair extends Disposable {
  device: IODevice;
  ours: MemoryTransport;
  theirs: MemoryTransport;
}

/** A device over memory. */
export function pair(options: { capacity?: number } = {}): Pair {
  const [ours, theirs] = memoryPair(options);
  const device = IODevice.fromTransport(ours);
  return { device, ours, theirs, [Symbol.dispose]: () => device.close({ timeout: 0 }) };
}

/** A pair whose device has received `given`. */
export async function given(text: string): Promise<Pair> {
  const made = pair();
  await made.theirs.write(bytes(text));
  await made.device.waitForReadyRead();
  return made;
}

/** Waits for `readyRead`. */
export async function next(device: IODevice): Promise<void> {
  await device.readyRead.next({ timeout: 5_000 });
}
