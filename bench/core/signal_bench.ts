/**
 * What an emission costs beside a call. Eight signals, and eight functions, take turns: so neither
 * call can be inlined away, as it cannot be in a program with more than one signal. The only signal
 * of a program is dearer than a call that is inlined (1.6 ns) and cheaper than one that is not.
 */
import { Signal } from "../../core/signal.ts";
import { check, type Contest, type Figure } from "../_support/contest.ts";

const COUNT = 20_000_000;
let called = 0;

const slots: readonly ((x: number) => void)[] = [
  (x) => {
    called += x & 1;
  },
  (x) => {
    called += x & 1;
  },
  (x) => {
    called += x & 1;
  },
  (x) => {
    called += x & 1;
  },
  (x) => {
    called += x & 1;
  },
  (x) => {
    called += x & 1;
  },
  (x) => {
    called += x & 1;
  },
  (x) => {
    called += x & 1;
  },
];

function signals(slotsEach: number): Signal<[number]>[] {
  return slots.map((slot) => {
    const signal = new Signal<[number]>();
    for (let i = 0; i < slotsEach; i++) signal.connect(slot);
    return signal;
  });
}

/** Nanoseconds for one of `COUNT` calls, after as many for warming up. */
function nanoseconds(run: () => void, slotsEach: number): Promise<Figure> {
  run();
  called = 0;
  const start = performance.now();
  run();
  const value = (performance.now() - start) / COUNT * 1e6;
  check(called === COUNT / 2 * slotsEach, `${called} odd calls came`);
  return Promise.resolve({ value });
}

function emissions(slotsEach: number): Promise<Figure> {
  const all = signals(slotsEach);
  return nanoseconds(() => {
    for (let i = 1; i <= COUNT; i++) all[i & 7]!.emit(i);
  }, slotsEach);
}

const contest: Contest = {
  title: "emitting a signal",
  unit: "ns",
  better: "less",
  peers: {
    "bare call": () =>
      nanoseconds(() => {
        for (let i = 1; i <= COUNT; i++) slots[i & 7]!(i);
      }, 1),
    "emit, the only signal": () => {
      const [only] = signals(1);
      return nanoseconds(() => {
        for (let i = 1; i <= COUNT; i++) only!.emit(i);
      }, 1);
    },
    "emit, no slot": () => emissions(0),
    "emit, one slot": () => emissions(1),
    "emit, three slots": () => emissions(3),
  },
  gates: [
    { peer: "emit, no slot", limit: 5 },
    { peer: "emit, one slot", to: "bare call", limit: 2 },
  ],
};
export default contest;
