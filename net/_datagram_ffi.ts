import type { DatagramEngine, DatagramObserver, DatagramPlace } from "./_datagram.ts";
import { lacking } from "./_datagram.ts";
export function openByFfi(_place: DatagramPlace, _observer: DatagramObserver): DatagramEngine {
  throw lacking("bind", "later");
}
