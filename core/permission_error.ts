/**
 * The error of a missing permission, which names the flag that would give it.
 *
 * @module
 */
import type { HostAddress } from "../protocol/host_address.ts";
import { bracketed, targetOf } from "./_permission_target.ts";

/** A permission was missing: which one, and the flag of `deno run` that would give it. */
export class PermissionError extends Error {
  /** The class's name, for printing. */
  override readonly name: string = "PermissionError";
  /** What was needed. */
  readonly descriptor: Deno.PermissionDescriptor;
  /** The flag that would have granted it, for example "--allow-net=example.com:443". */
  readonly flag: string;
  /** Who refused: the process was not granted it, or a scope leaves it out or denies it. */
  readonly refusedBy: "process" | "scope";

  /**
   * Makes the error; its message says who refused what.
   *
   * @param descriptor What was needed.
   * @param options `refusedBy`: who refused it, the process by default; `cause`: the error underneath.
   */
  constructor(
    descriptor: Deno.PermissionDescriptor,
    options: ErrorOptions & { refusedBy?: "process" | "scope" } = {},
  ) {
    const { refusedBy = "process" } = options;
    const flag = permissionFlag(descriptor);
    const so = refusedBy === "process" ? `it needs ${flag}` : "its scope does not allow it";
    super(`Cannot use ${flag.slice("--allow-".length).replace("=", " ")}: ${so}`, options);
    this.descriptor = descriptor;
    this.flag = flag;
    this.refusedBy = refusedBy;
  }
}

/**
 * The flag of `deno run` that grants a permission.
 *
 * @param descriptor What is needed.
 * @returns For example "--allow-net=example.com:443".
 *
 * @example
 * ```ts
 * import { permissionFlag } from "@quayside/quayside/core";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(permissionFlag({ name: "read", path: "/etc/hosts" }), "--allow-read=/etc/hosts");
 * ```
 */
export function permissionFlag(descriptor: Deno.PermissionDescriptor): string {
  const target = targetOf(descriptor);
  // Deno splits a flag's value at commas; a doubled one stands for itself.
  return `--allow-${descriptor.name}` + (target === null ? "" : `=${target.replaceAll(",", ",,")}`);
}

/**
 * A host and a port as permissions and sentences write them: IPv6 in brackets.
 *
 * @param host A name or an address.
 * @param port The port.
 * @returns For example "[::1]:443".
 *
 * @example
 * ```ts
 * import { hostAndPort } from "@quayside/quayside/core";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(hostAndPort("::1", 443), "[::1]:443");
 * ```
 */
export function hostAndPort(host: string | HostAddress, port: number): string {
  return `${bracketed(host)}:${port}`;
}
