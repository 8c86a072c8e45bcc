/**
 * In which order records are to be tried: by rank, and by chance among equals.
 *
 * @module
 */
import type { DnsRecord, DnsServiceRecord } from "./dns_record.ts";

/** A source of numbers in [0, 1), as `Math.random`. */
export type Random = () => number;

/**
 * Puts MX, SRV, SVCB and HTTPS records in the order in which they are to be tried; all others keep
 * theirs and come first.
 *
 * @param records Of any kinds.
 * @param random Shuffles equals (RFC 5321 §5.1, RFC 9460 §2.4.1) and draws by weight.
 */
export function inOrderOfTrial(records: readonly DnsRecord[], random: Random): DnsRecord[] {
  const shuffled = records.filter((record) => rankOf(record) >= 0 && record.type !== "SRV");
  shuffle(shuffled, random);
  return [
    ...records.filter((record) => rankOf(record) < 0),
    ...shuffled.sort((a, b) => rankOf(a) - rankOf(b)),
    ...orderServices(records.filter((record) => record.type === "SRV"), random),
  ];
}

/**
 * Puts services in order: by priority, and among those of one priority by lot, a service's chance
 * of coming first being its share of the weights (RFC 2782, "Weight").
 */
export function orderServices(
  records: readonly DnsServiceRecord[],
  random: Random,
): DnsServiceRecord[] {
  const groups = Map.groupBy(records, ({ priority }) => priority);
  return [...groups].sort(([a], [b]) => a - b).flatMap(([, group]) => drawAll(group, random));
}

function drawAll(group: DnsServiceRecord[], random: Random): DnsServiceRecord[] {
  // Those of weight 0 come first, so that they have "a very small chance" while others are left.
  const left = group.sort((a, b) => Math.min(a.weight, 1) - Math.min(b.weight, 1));
  let sum = left.reduce((sum, { weight }) => sum + weight, 0);
  const drawn: DnsServiceRecord[] = [];
  while (left.length > 0) {
    let lot = Math.floor(random() * (sum + 1));
    const [record] = left.splice(left.findIndex(({ weight }) => (lot -= weight) <= 0), 1);
    sum -= record!.weight;
    drawn.push(record!);
  }
  return drawn;
}

/** Fisher and Yates. */
function shuffle(records: unknown[], random: Random): void {
  for (let i = records.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [records[i], records[j]] = [records[j], records[i]];
  }
}

function rankOf(record: DnsRecord): number {
  if (record.type === "MX") return record.preference;
  return "priority" in record ? record.priority : -1;
}
