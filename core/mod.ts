/**
 * What everything else stands on: signals, devices, errors, permissions.
 *
 * @example
 * ```ts
 * import { Signal } from "@quayside/quayside/core";
 * import { assertEquals } from "@std/assert";
 *
 * const finished = new Signal<[code: number]>();
 * const next = finished.next();
 * finished.emit(0);
 * assertEquals(await next, [0]);
 * ```
 *
 * @module
 */
export * from "./error.ts";
export * from "./io_device.ts";
export * from "./permission.ts";
export * from "./permission_error.ts";
export * from "./required_permissions.ts";
export * from "./signal.ts";
export * from "./socket_device.ts";
export * from "./socket_server.ts";
export * from "./transport.ts";
