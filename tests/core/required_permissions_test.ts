import { assert, assertEquals } from "@std/assert";
import { permissionFlag } from "../../core/permission.ts";
import { requiredPermissions } from "../../core/required_permissions.ts";

Deno.test("requiredPermissions() is the table of minimal flags", () => {
  const flags = (use: Parameters<typeof requiredPermissions>[0]) =>
    requiredPermissions(use).map(permissionFlag);
  assertEquals(flags({ tcp: "example.com:443" }), ["--allow-net=example.com:443"]);
  assertEquals(flags({ udp: "[::1]:53" }), ["--allow-net=[::1]:53"]);
  assertEquals(flags({ listen: "127.0.0.1:0" }), ["--allow-net=127.0.0.1"]);
  assertEquals(flags({ listen: "0.0.0.0:80" }), ["--allow-net=0.0.0.0:80"]);
  assertEquals(flags({ lookup: "example.com" }), ["--allow-net=example.com"]);
  const unix = ["--allow-net=unix:/p", "--allow-read=/p", "--allow-write=/p"];
  assertEquals(flags({ unix: "/p" }), unix);
  assertEquals(flags({ unix: "\0p" }), ["--allow-net"]);
  assertEquals(flags({ dns: "9.9.9.9" }), ["--allow-net=9.9.9.9:53"]);
  assertEquals(flags({ dns: "2620:fe::fe" }), ["--allow-net=[2620:fe::fe]:53"]);
  assertEquals(flags({ dns: "[::1]:5353" }), ["--allow-net=[::1]:5353"]);
  assertEquals(flags({ dns: true }), ["--allow-sys=networkInterfaces", "--allow-net"]);
  assertEquals(flags({ interfaces: true }), ["--allow-sys=networkInterfaces"]);
  assertEquals(flags({ process: "git" }), ["--allow-run=git"]);
  assertEquals(flags({ process: "git", writes: ["/p"] }), [
    "--allow-run=git",
    "--allow-env",
    "--allow-write=/p",
  ]);
  assertEquals(flags({ process: "git", reads: ["/i"], inheritsFromParent: false }), [
    "--allow-run=git",
    "--allow-env=NODE_V8_COVERAGE",
    "--allow-read=/i",
  ]);
  assertEquals(flags({ dbus: "unix:path=/p,guid=00" }), ["--allow-sys=uid", ...unix]);
  assertEquals(flags({ dbus: "tcp:host=127.0.0.1,port=5" }), [
    "--allow-sys=uid",
    "--allow-net=127.0.0.1:5",
  ]);
  assertEquals(flags({ dbus: "session" })[0], "--allow-env=DBUS_SESSION_BUS_ADDRESS");
  assertEquals(flags({ sharedMemory: "view" }), ["--allow-ffi"]);
  assert(flags({ sharedMemory: true })[0]!.startsWith("--allow-ffi=/"));
  assertEquals(flags({ openssl: ["/l/libssl.so", "/l/libcrypto.so"] }), [
    "--allow-ffi=/l/libssl.so",
    "--allow-ffi=/l/libcrypto.so",
  ]);
  assertEquals(flags({ openssl: ["/l/libssl.so"], callbacks: true }), ["--allow-ffi"]);
});
