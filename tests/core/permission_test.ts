import { assert, assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import {
  PermissionError,
  permissionFlag,
  type PermissionGrants,
  PermissionScope,
} from "../../core/permission.ts";
import { HostAddress } from "../../protocol/host_address.ts";

const net = (host?: string) => ({ name: "net", ...(host === undefined ? {} : { host }) }) as const;

/** Which of the hosts a scope allows. */
function allowed(grants: PermissionGrants, hosts: readonly string[]): string[] {
  const scope = new PermissionScope(grants);
  return hosts.filter((host) => scope.allows(net(host)));
}

Deno.test("PermissionScope grants hosts in the syntax of Deno's flags", () => {
  const hosts = [
    "example.com:443",
    "EXAMPLE.com.:443",
    "example.com:80",
    "example.com",
    "a.example.com:443",
    "b.a.example.com:443",
    "notexample.com:443",
    "10.1.2.3:80",
    "[::ffff:10.1.2.3]:80",
    "11.1.2.3:80",
    "[::1]:80",
    "[::1]:81",
    "[64:ff9b::10.1.2.3]:80",
  ];
  const rows: [grant: string, covered: number[]][] = [
    ["example.com:443", [0, 1]],
    ["example.com", [0, 1, 2, 3]],
    ["*.example.com", [4, 5]],
    ["*.example.com:443", [4, 5]],
    ["10.0.0.0/8", [7, 8]],
    ["10.1.2.3", [7, 8]],
    ["10.1.2.3:81", []],
    ["[::1]:80", [10]],
    ["::1", [10, 11]],
    ["[::1]", [10, 11]],
    ["*", hosts.map((_, i) => i)],
    ["unix:/run/a", []],
  ];
  for (const [grant, covered] of rows) {
    assertEquals(allowed({ net: [grant] }, hosts), covered.map((i) => hosts[i]!), grant);
  }
});

Deno.test("PermissionScope grants nothing of a kind that is absent", () => {
  const scope = new PermissionScope({ net: ["example.com"] });
  assert(!scope.allows({ name: "read", path: "/" }));
  assert(!scope.allows({ name: "run", command: "git" }));
  assert(!scope.allows(net()));
  assert(!new PermissionScope({}).allows(net("example.com:443")));
  assert(new PermissionScope({ net: ["*"] }).allows(net()));
});

Deno.test("PermissionScope denies by class, subnet and host, whatever form the address has", () => {
  const deny = [
    "private",
    "loopback",
    "203.0.113.0/24",
    "198.51.100.7",
    "bad.test",
    "half.test:25",
  ];
  const closed = [
    "127.0.0.1:80",
    "127.1:80",
    "0x7f000001:80",
    "2130706433:80",
    "0.0.0.0:80",
    "0:80",
    "localhost:80",
    "a.localhost:80",
    "[::1]:80",
    "[::]:80",
    "[::ffff:127.0.0.1]:80",
    "[64:ff9b::7f00:1]:80",
    "[2002:7f00:1::]:80",
    "[::127.0.0.1]:80",
    "10.0.0.1:80",
    "192.168.1.1:80",
    "169.254.169.254:80",
    "100.64.0.1:80",
    "[fe80::1%eth0]:80",
    "[fd00::1]:80",
    "[fec0::1]:80",
    "[::ffff:10.0.0.1]:80",
    "[64:ff9b::10.0.0.1]:80",
    "[64:ff9b::198.51.100.7]:80",
    "203.0.113.7:80",
    "[::ffff:203.0.113.7]:80",
    "bad.test:80",
    "BAD.test.:80",
    "half.test:25",
    "half.test",
  ];
  const open = ["8.8.8.8:53", "[2001:db8::1]:80", "good.test:80", "half.test:80", "172.32.0.1:1"];
  assertEquals(allowed({ net: ["*"], deny: { net: deny } }, [...closed, ...open]), open);
  assert(!new PermissionScope({ net: ["*"], deny: { net: ["bad.test"] } }).allows(net()));
});

Deno.test("PermissionScope.denies() is about addresses of names that were granted", () => {
  const scope = new PermissionScope({ net: ["example.com"], deny: { net: ["private"] } });
  assert(scope.denies(new HostAddress("10.0.0.1"), 80));
  assert(scope.denies("::ffff:10.0.0.1"));
  assert(!scope.denies("93.184.216.34", 80));
  assert(!PermissionScope.process.denies("10.0.0.1", 80));
});

Deno.test("PermissionScope.narrow() only narrows", () => {
  const scope = new PermissionScope({ net: ["*.example.com"], deny: { net: ["b.example.com"] } });
  const narrowed = scope.narrow({ net: ["a.example.com:443", "b.example.com", "other.test"] });
  assert(narrowed.allows(net("a.example.com:443")));
  for (const host of ["a.example.com:80", "b.example.com:443", "other.test:80"]) {
    assert(!narrowed.allows(net(host)), host);
  }
  const both = new PermissionScope({ net: ["*"] }).narrow(scope);
  assertEquals(
    ["a.example.com:1", "b.example.com:1", "x.test:1"].map((it) => both.allows(net(it))),
    [true, false, false],
  );
  assert(PermissionScope.process.narrow({ net: ["x.test"] }).allows(net("x.test:1")));
  assert(PermissionScope.process.narrow(PermissionScope.process).allows(net()));
});

Deno.test("PermissionScope covers names, prefixes and kinds", () => {
  const scope = new PermissionScope({
    env: ["HOME", "AWS_*"],
    sys: ["uid"],
    run: ["git", "/usr/bin/env", "/bin"],
  });
  const env = (variable: string) => scope.allows({ name: "env", variable });
  assertEquals(["HOME", "AWS_KEY", "AWS", "PATH"].map(env), [true, true, false, false]);
  assert(scope.allows({ name: "sys", kind: "uid" }) && !scope.allows({ name: "sys", kind: "gid" }));
  const run = (command: string) => scope.allows({ name: "run", command });
  assertEquals(["git", "env", "/usr/bin/git", "gitk", "/bin/sh"].map(run), [
    true,
    false,
    false,
    false,
    false,
  ]);
});

Deno.test("PermissionScope compares paths with their links followed", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/in`);
    await Deno.symlink(folder, `${folder}/in/out`);
    await Deno.symlink(`${folder}/in`, `${folder}/alias`);
    const scope = new PermissionScope({ read: [`${folder}/alias`], net: [`unix:${folder}/in`] });
    const read = (path: string | URL) => scope.allows({ name: "read", path });
    assert(read(`${folder}/in`) && read(`${folder}/in/new/file`) && read(`${folder}/alias/x`));
    assert(read(new URL(`file://${folder}/in/x`)));
    assert(!read(folder) && !read(`${folder}/in2`) && !read(`${folder}/in/../secret`));
    assert(!read(`${folder}/in/out/secret`), "a link that leads out");
    await Deno.symlink("../absent", `${folder}/in/dangling`);
    assert(!read(`${folder}/in/dangling`), "a link that leads out to what is not there");
    await Deno.symlink("loop", `${folder}/in/loop`);
    assert(read(`${folder}/in/loop`), "a link to itself leads nowhere");
    assert(scope.allows(net(`unix:${folder}/alias/socket`)));
    assert(!scope.allows(net(`unix:${folder}/socket`)) && !scope.allows(net("in:80")));
    assert(!scope.allows({ name: "read" }));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("PermissionScope() refuses entries that mean nothing", () => {
  for (const bad of ["", "a b", "host:65536", "host:x", "http://a.test/"]) {
    assertThrows(() => new PermissionScope({ net: [bad] }), TypeError, "Cannot", bad);
    assertThrows(() => PermissionScope.process.narrow({ deny: { net: [bad] } }), TypeError);
  }
});

Deno.test("PermissionScope.require() names the flag and who refused", () => {
  const error = assertThrows(
    () => new PermissionScope({}).require(net("example.com:443")),
    PermissionError,
    "Cannot use net example.com:443: its scope does not allow it",
  );
  assertEquals([error.flag, error.refusedBy], ["--allow-net=example.com:443", "scope"]);
  assertEquals(error.descriptor, net("example.com:443"));
});

Deno.test({
  name: "PermissionScope needs the grant of the process besides its own, and never prompts",
  permissions: { net: ["example.com:443"] },
  fn() {
    const wide = new PermissionScope({ net: ["*"], env: ["*"] });
    for (const scope of [PermissionScope.process, wide]) {
      assert(scope.allows(net("example.com:443")));
      assert(!scope.allows(net("example.com:80")) && !scope.allows(net()));
      assert(!scope.allows({ name: "env", variable: "HOME" }));
      assert(!scope.allows(net("bad host")));
    }
    const error = assertThrows(
      () => wide.require(net("[::1]:80")),
      PermissionError,
      "Cannot use net [::1]:80: it needs --allow-net=[::1]:80",
    );
    assertInstanceOf(error, Error);
    assertEquals(error.refusedBy, "process");
  },
});

Deno.test({
  name: "PermissionScope compares paths as written where reading them is not granted",
  permissions: { write: true },
  fn() {
    const scope = new PermissionScope({ write: ["/data"] });
    const write = (path: string) => scope.allows({ name: "write", path });
    assertEquals(["/data/x", "/data/../etc", "/data2"].map(write), [true, false, false]);
  },
});

Deno.test("permissionFlag() writes flags as deno run takes them", () => {
  const rows: [Deno.PermissionDescriptor, string][] = [
    [net(), "--allow-net"],
    [{ name: "read", path: "/a,b" }, "--allow-read=/a,,b"],
    [{ name: "write", path: new URL("file:///a%20b") }, "--allow-write=/a b"],
    [{ name: "run", command: "git" }, "--allow-run=git"],
    [{ name: "env", variable: "HOME" }, "--allow-env=HOME"],
    [{ name: "sys", kind: "uid" }, "--allow-sys=uid"],
    [{ name: "ffi" }, "--allow-ffi"],
  ];
  for (const [need, flag] of rows) assertEquals(permissionFlag(need), flag);
});
