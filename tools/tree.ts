/**
 * The repository's tree, and how a check ends.
 *
 * @module
 */

/** The repository's root, with a slash at its end. */
export const root: URL = new URL("../", import.meta.url);

/** The folders that users import, each with a mod.ts. */
export const publicFolders = ["core", "net", "tls", "http", "ipc", "ipc/dbus"] as const;

/** The folders whose files each have a test, and whose tests each have a file. */
export const mirroredFolders = ["protocol", "core", "net", "tls", "http", "ipc", "cli"] as const;

/**
 * The files below a folder, by their paths from the root, sorted; none when it is not there.
 *
 * @param folder A path from the root; "" for all.
 * @param suffix How the names end.
 */
export function filesIn(folder: string, suffix: string): string[] {
  const found: string[] = [];
  const walk = (path: string) => {
    for (const { name, isDirectory } of entries(path)) {
      const child = path === "" ? name : `${path}/${name}`;
      if (isDirectory) {
        if (name !== "node_modules" && name !== ".git") walk(child);
      } else if (name.endsWith(suffix)) found.push(child);
    }
  };
  walk(folder);
  return found.sort();
}

function entries(path: string): Iterable<Deno.DirEntry> {
  try {
    return [...Deno.readDirSync(new URL(path || ".", root))];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** The text of a file, by its path from the root. */
export function read(path: string): string {
  return Deno.readTextFileSync(new URL(path, root));
}

/** Whether a path from the root exists. */
export function exists(path: string): boolean {
  try {
    Deno.statSync(new URL(path, root));
    return true;
  } catch {
    return false;
  }
}

/** Runs deno in the root and hands back what it printed. */
export async function deno(...args: string[]): Promise<{ success: boolean; output: string }> {
  const command = new Deno.Command(Deno.execPath(), { args, cwd: root, stderr: "piped" });
  const { success, stdout, stderr } = await command.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { success, output: success ? text(stdout) : text(stdout) + text(stderr) };
}

/** Ends a check: prints each problem, or that there is none, and sets the exit status. */
export function conclude(check: string, problems: readonly string[]): void {
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) Deno.exitCode = 1;
  console.log(`${check}: ${problems.length === 0 ? "fine" : `${problems.length} to mend`}`);
}
