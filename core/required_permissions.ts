/**
 * What a use of the library needs, before it is used: the table "feature → minimal flags".
 *
 * @module
 */
import { libcNames, likeliestPath, systemPaths } from "./_ffi_paths.ts";

/** A use of the library, for {@linkcode requiredPermissions}. */
export type PermissionUse =
  /** Connect to "host:port", plain, with TLS or for HTTP. */
  | { readonly tcp: string }
  /** Send datagrams to "host:port". */
  | { readonly udp: string }
  /** Listen or bind on "host:port"; port 0 needs the host, since the port is not known before. */
  | { readonly listen: string }
  /** Connect to or listen on a socket file; a name that begins with "\0" is an abstract one. */
  | { readonly unix: string }
  /** Look a name up as the system does. */
  | { readonly lookup: string }
  /** Ask the name server at this address for records; `true`: the system's servers. */
  | { readonly dns: string | true }
  /** List the network interfaces. */
  | { readonly interfaces: true }
  /**
   * Start a program, whose channels are redirected to files if `reads` or `writes` name some; its
   * environment is this process's own, unless `inheritsFromParent` is false.
   */
  | {
    readonly process: string;
    readonly reads?: readonly string[];
    readonly writes?: readonly string[];
    readonly inheritsFromParent?: boolean;
  }
  /** Connect to a bus: "session", "system", or an address as "unix:path=/run/bus". */
  | { readonly dbus: "session" | "system" | string; readonly fileDescriptors?: boolean }
  /** Shared memory and semaphores: copies in and out, or a "view" of the mapping itself. */
  | { readonly sharedMemory: true | "view" }
  /** Descriptors or credentials over a socket, packet information: libc by FFI. */
  | { readonly fileDescriptors: true }
  /** The OpenSSL backend with these two libraries; `callbacks`: for PSK, ALPN and SNI choice. */
  | { readonly openssl: readonly string[]; readonly callbacks?: boolean };

/**
 * The permissions that a use needs and no more.
 *
 * @param use What will be done.
 * @returns Descriptors for `Deno.permissions` and `PermissionScope`; their flags by
 * `permissionFlag`. An entry without a target stands for everything of its kind.
 *
 * @example
 * ```ts
 * import { permissionFlag, requiredPermissions } from "@quayside/quayside/core";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(requiredPermissions({ unix: "/run/app.sock" }).map(permissionFlag), [
 *   "--allow-net=unix:/run/app.sock",
 *   "--allow-read=/run/app.sock",
 *   "--allow-write=/run/app.sock",
 * ]);
 * ```
 */
export function requiredPermissions(use: PermissionUse): Deno.PermissionDescriptor[] {
  if ("tcp" in use) return [{ name: "net", host: use.tcp }];
  if ("udp" in use) return [{ name: "net", host: use.udp }];
  if ("listen" in use) return [{ name: "net", host: use.listen.replace(/:0$/, "") }];
  if ("lookup" in use) return [{ name: "net", host: use.lookup }];
  if ("unix" in use) return unixPermissions(use.unix);
  if ("dns" in use) {
    return use.dns === true
      ? [interfaces, { name: "net" }]
      : [{ name: "net", host: nameServer(use.dns) }];
  }
  if ("interfaces" in use) return [interfaces];
  if ("process" in use) return processPermissions(use);
  if ("dbus" in use) return busPermissions(use.dbus, use.fileDescriptors ?? false);
  if ("sharedMemory" in use) return [use.sharedMemory === "view" ? { name: "ffi" } : libc()];
  if ("fileDescriptors" in use) return [libc()];
  if (use.callbacks) return [{ name: "ffi" }];
  return use.openssl.map((path) => ({ name: "ffi", path }));
}

function unixPermissions(path: string): Deno.PermissionDescriptor[] {
  // Deno cannot scope abstract names (denoland/deno#24621).
  if (path.startsWith("\0")) return [{ name: "net" }];
  return [{ name: "net", host: `unix:${path}` }, { name: "read", path }, { name: "write", path }];
}

function nameServer(address: string): string {
  const isBare = !/\]?:\d+$/.test(address) || /^[^[]*:.*:/.test(address);
  return !isBare ? address : address.includes(":") ? `[${address}]:53` : `${address}:53`;
}

function processPermissions(
  { inheritsFromParent = true, process: command, reads = [], writes = [] }: Extract<
    PermissionUse,
    { process: string }
  >,
): Deno.PermissionDescriptor[] {
  const run: Deno.PermissionDescriptor = { name: "run", command };
  if (reads.length === 0 && writes.length === 0) return [run];
  return [
    run,
    // Redirection to files goes by node:child_process, which reads that variable in any case.
    inheritsFromParent ? { name: "env" } : { name: "env", variable: "NODE_V8_COVERAGE" },
    ...reads.map((path) => ({ name: "read", path }) as const),
    ...writes.map((path) => ({ name: "write", path }) as const),
  ];
}

function busPermissions(bus: string, fileDescriptors: boolean): Deno.PermissionDescriptor[] {
  const variable = { session: "DBUS_SESSION_BUS_ADDRESS", system: "DBUS_SYSTEM_BUS_ADDRESS" }[bus];
  const address = variable === undefined ? bus : ownVariable(variable) ?? defaultBus(bus);
  return [
    ...(variable === undefined ? [] : [{ name: "env", variable } as const]),
    { name: "sys", kind: "uid" },
    ...addressPermissions(address),
    ...(fileDescriptors ? [libc()] : []),
  ];
}

/** The first transport of an address that needs a permission; all of them where it is unknown. */
function addressPermissions(address: string | null): Deno.PermissionDescriptor[] {
  const first = address?.split(";")[0] ?? "";
  const keys = Object.fromEntries(
    first.slice(first.indexOf(":") + 1).split(",").map((pair) => pair.split("=", 2)),
  );
  if (first.startsWith("unix:path=")) return unixPermissions(decodeURIComponent(keys["path"]));
  if (first.startsWith("tcp:")) return [{ name: "net", host: `${keys["host"]}:${keys["port"]}` }];
  if (first.startsWith("unix:abstract=")) return [{ name: "net" }];
  return [{ name: "net" }, { name: "read" }, { name: "write" }];
}

function defaultBus(bus: string): string | null {
  if (bus === "system") return "unix:path=/var/run/dbus/system_bus_socket";
  const mayAsk = Deno.permissions.querySync({ name: "sys", kind: "uid" }).state === "granted";
  return mayAsk ? `unix:path=/run/user/${Deno.uid()}/bus` : null;
}

function ownVariable(variable: string): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable });
  return state === "granted" ? Deno.env.get(variable) : undefined;
}

/** libc, or what stands for it on Windows. */
function libc(): Deno.PermissionDescriptor {
  const paths = systemPaths({ windows: ["kernel32.dll"], ...libcNames });
  return { name: "ffi", path: likeliestPath(paths) };
}

const interfaces: Deno.PermissionDescriptor = { name: "sys", kind: "networkInterfaces" };
