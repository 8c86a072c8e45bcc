import { assert, assertEquals, assertThrows } from "@std/assert";
import { ProcessEnvironment } from "../../ipc/process_environment.ts";

Deno.test("ProcessEnvironment keeps variables in the order of inserting", () => {
  const environment = new ProcessEnvironment();
  assertEquals([environment.isEmpty, environment.inheritsFromParent], [true, false]);
  environment.insert("B", "2");
  environment.insert("A", "1=1");
  environment.insert("B", "3");
  environment.insert("C");
  assertEquals(environment.keys(), ["B", "A", "C"]);
  assertEquals(environment.toStringList(), ["B=3", "A=1=1", "C="]);
  assertEquals([...environment], [["B", "3"], ["A", "1=1"], ["C", ""]]);
  assertEquals(environment.value("A"), "1=1");
  assertEquals([environment.value("X"), environment.value("X", "none")], ["", "none"]);
  assertEquals([environment.contains("C"), environment.contains("X")], [true, false]);
  environment.remove("B");
  environment.remove("X");
  assertEquals(environment.keys(), ["A", "C"]);
  environment.clear();
  assertEquals(environment.isEmpty, true);
});

Deno.test("ProcessEnvironment.insert() takes another environment", () => {
  const environment = ProcessEnvironment.from({ A: "1", B: "2" });
  environment.insert(ProcessEnvironment.from({ B: "3", C: "4" }));
  assertEquals(environment.toStringList(), ["A=1", "B=3", "C=4"]);
});

Deno.test("ProcessEnvironment compares names with their case, except on Windows", () => {
  const environment = ProcessEnvironment.from({ Path: "a" });
  environment.insert("PATH", "b");
  const isWindows = Deno.build.os === "windows";
  assertEquals(environment.keys(), isWindows ? ["PATH"] : ["Path", "PATH"]);
});

Deno.test("ProcessEnvironment.insert() refuses what cannot be a variable", () => {
  const environment = new ProcessEnvironment({ inheritsFromParent: true });
  for (const name of ["", "a=b", "a\0"]) {
    assertThrows(() => environment.insert(name, "x"), TypeError, "Cannot insert a variable");
  }
  assertThrows(() => environment.insert("a", "\0"), TypeError, "NUL");
  assertEquals([environment.isEmpty, environment.inheritsFromParent], [true, true]);
});

Deno.test("ProcessEnvironment.systemEnvironment() is a copy of this process's", () => {
  const environment = ProcessEnvironment.systemEnvironment();
  assertEquals(environment.value("PATH"), Deno.env.get("PATH"));
  environment.remove("PATH");
  assert(Deno.env.has("PATH"));
});
