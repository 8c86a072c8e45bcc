/**
 * Looks something up in a process of its own and prints what came of it: the only way to know
 * that the documented flags are enough, and no fewer.
 */
import { DnsLookup, type DnsLookupOptions } from "../../net/dns_lookup.ts";
import type { DnsType } from "../../protocol/dns_record.ts";

/** The arguments of a look-up. */
export type DnsOnce = [type: DnsType, name: string, options: DnsLookupOptions];

if (import.meta.main) {
  const lookup = new DnsLookup(...JSON.parse(Deno.args[0]!) as DnsOnce);
  lookup.lookup();
  await lookup.finished.next();
  const { errorString, hostAddressRecords } = lookup;
  const records = hostAddressRecords.map(({ value, timeToLive }) => `${value} ${timeToLive}`);
  console.log(errorString || records.join());
}
