/**
 * The gate: everything that a machine can check, one step after the other, until one fails.
 * `--no-test` leaves the tests out.
 *
 * @module
 */
import { exists, publicFolders, root } from "./tree.ts";

const run = ["run", "--allow-read=.", "--allow-run", "--no-prompt"];
const modules = publicFolders.map((folder) => `${folder}/mod.ts`).filter(exists);

const steps: Record<string, string[]> = {
  "formatting": ["fmt", "--check"],
  "lint": ["lint"],
  "types": ["check"],
  "exports": [...run, "tools/check_exports.ts"],
  "mirror of tests": [...run, "tools/check_mirror.ts"],
  "documentation": [...run, "tools/check_docs.ts"],
  "parity with Qt": [...run, "tools/parity.ts", "--check"],
  "documentation of exports": ["doc", "--lint", ...modules],
  "tests": ["task", "test"],
  "package": ["publish", "--dry-run", "--allow-dirty"],
};
if (Deno.args.includes("--no-test")) delete steps["tests"];

for (const [name, args] of Object.entries(steps)) {
  console.log(`\n── ${name}: deno ${args.join(" ")}`);
  const command = new Deno.Command(Deno.execPath(), { args, cwd: root, stdin: "null" });
  const { success } = await command.spawn().status;
  if (!success) {
    console.error(`\nThe gate is shut: ${name} failed. By hand: deno ${args.join(" ")}`);
    Deno.exit(1);
  }
}
console.log("\nThe gate is open: every step passed.");
