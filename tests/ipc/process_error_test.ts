import { assertEquals, assertInstanceOf } from "@std/assert";
import { NetworkingError } from "../../core/error.ts";
import { ProcessError } from "../../ipc/process_error.ts";

Deno.test("ProcessError has a code, a sentence and a cause", () => {
  const cause = new Error("underneath");
  const error = new ProcessError("failedToStart", "Cannot start x: no such program", { cause });
  assertInstanceOf(error, NetworkingError);
  assertEquals([error.name, error.code, error.cause], ["ProcessError", "failedToStart", cause]);
});
