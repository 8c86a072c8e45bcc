/**
 * Inter-process communication: programs that one starts and talks to.
 *
 * @example
 * ```ts
 * import { Process } from "@quayside/quayside/ipc";
 * import { assertEquals } from "@std/assert";
 *
 * await using cat = new Process({ program: "cat" });
 * cat.start();
 * cat.write("hello");
 * cat.closeWriteChannel();
 * await cat.waitForFinished();
 * assertEquals(new TextDecoder().decode(cat.readAllStandardOutput()), "hello");
 * ```
 *
 * @module
 */
export * from "./local_server.ts";
export * from "./local_socket.ts";
export * from "./process.ts";
export * from "./process_device.ts";
export * from "./process_environment.ts";
export * from "./process_error.ts";
export * from "./process_options.ts";
