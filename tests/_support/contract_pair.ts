/** Pairs for the device contract, and what its tests share. */
import { assertEquals } from "@std/assert";
import type { NetworkingError } from "../../core/error.ts";
import type { IODevice } from "../../core/io_device.ts";

/** Bytes that own their buffer. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** The other side of the device under test. */
export interface ContractPeer extends AsyncDisposable {
  /** Sends bytes; settles when the path has taken them all, which takes a reader. */
  send(bytes: Bytes): Promise<void>;
  /** Ends what the device reads, in the orderly way. */
  end(): Promise<void>;
  /** Takes exactly `size` bytes of what the device writes. */
  receive?(size: number): Promise<Bytes>;
  /** Settles when the device has ended its writing. */
  receiveEnd?(): Promise<void>;
  /** Breaks off, so that the device sees an error. */
  fail?(): void | Promise<void>;
}

/** A device under test and its peer. */
export interface ContractPair {
  readonly device: IODevice;
  readonly peer: ContractPeer;
  /** The signal of the device's failures, where it has one. */
  readonly errors?: {
    connect(slot: (error: NetworkingError) => void): unknown;
    next(options: { timeout: number }): Promise<unknown>;
  };
}

/** How the contract wants its device; a maker hands it to the constructor. */
export interface ContractDeviceOptions {
  readBufferSize?: number;
  allowHalfOpen?: boolean;
}

/** What the device can do. */
export interface ContractOptions {
  /** Whether it writes as well; true by default. */
  writable?: boolean;
  /** Whether one way can end before the other; what `writable` is by default. */
  halfClose?: boolean;
  /** Bytes that the way from the peer to the device holds at the most; 1 MiB by default. */
  pathSize?: number;
}

/** Makes a pair. */
export type MakePair = (options: ContractDeviceOptions) => Promise<ContractPair> | ContractPair;

/** One promise, tried on a pair. */
export type Case = (pair: ContractPair, options: Required<ContractOptions>) => Promise<void>;

/** The `readBufferSize` of devices that have one. */
export const LIMIT = 1000;

/** Sizes of what is sent. */
export const SIZES = [1, 64, 1000, 64 * 1024, 300_001];

/** Bytes of which each stands for its place. */
export function pattern(size: number): Bytes {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = i * 31 + (i >> 8);
  return bytes;
}

/** Compares without a listing of hundreds of thousands of bytes. */
export function assertSame(actual: Uint8Array, expected: Uint8Array): void {
  assertEquals(actual.length, expected.length);
  assertEquals(actual.findIndex((byte, index) => byte !== expected[index]), -1);
}

/** Waits for `readyRead` until something is so. */
export async function until(device: IODevice, isSo: () => boolean): Promise<void> {
  while (!isSo()) await device.readyRead.next({ timeout: 5_000 });
}
