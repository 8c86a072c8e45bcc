/**
 * Where a linted file stands in the tree.
 *
 * @module
 */

const root = new URL("../../", import.meta.url).pathname;

/** The folders of the library; a longer name wins over the folder that holds it. */
export const libraryFolders = [
  "protocol",
  "core",
  "tls/engine",
  "net",
  "tls",
  "http",
  "ipc",
  "cli",
] as const;

/** A folder of the library. */
export type LibraryFolder = typeof libraryFolders[number];

/** The path of a file from the repository's root, with forward slashes. */
export function pathInTree(filename: string): string {
  const path = filename.replace(/^file:\/\//, "").replaceAll("\\", "/");
  return path.startsWith(root) ? path.slice(root.length) : path;
}

/** The library's folder that a path belongs to; null for mod.ts, tests, tools and the like. */
export function libraryFolder(path: string): LibraryFolder | null {
  return libraryFolders.find((folder) => path.startsWith(folder + "/")) ?? null;
}
