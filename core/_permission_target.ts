/**
 * What permissions are about, as text.
 *
 * @module
 */
import type { HostAddress } from "../protocol/host_address.ts";

/** A host as it is written before a port: IPv6 in brackets. */
export function bracketed(host: string | HostAddress): string {
  const text = `${host}`;
  return text.includes(":") && !text.startsWith("[") ? `[${text}]` : text;
}

/** What a need is about; `null` for everything of its kind. */
export function targetOf(need: Deno.PermissionDescriptor): string | null {
  const { host, path, command, variable, kind } = need as Partial<
    Record<"host" | "path" | "command" | "variable" | "kind", string | URL>
  >;
  const target = host ?? path ?? command ?? variable ?? kind ?? null;
  return target instanceof URL
    ? process.getBuiltinModule("node:url").fileURLToPath(target)
    : target;
}
