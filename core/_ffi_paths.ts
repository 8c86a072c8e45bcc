/** Where systems keep their libraries. */

/** File names by system; a path with a slash is taken as it is. */
export type LibraryNames = { readonly [os in typeof Deno.build.os]?: readonly string[] };

/** libc. A second C library in one process would be trouble: musl's is not tried beside glibc. */
export const libcNames: LibraryNames = {
  linux: Deno.build.env === "musl" ? [`/lib/ld-musl-${Deno.build.arch}.so.1`] : ["libc.so.6"],
  darwin: ["/usr/lib/libSystem.B.dylib"],
};

/**
 * Absolute paths where a library may lie on this system, the most usual first.
 *
 * @param names Its file names, the best version first.
 */
export function systemPaths(names: LibraryNames): readonly string[] {
  const { os } = Deno.build;
  const folders = os === "linux" ? linuxFolders() : foldersOf[os] ?? [];
  const separator = os === "windows" ? "\\" : "/";
  return (names[os] ?? []).flatMap((name) =>
    name.includes("/") ? [name] : folders.map((folder) => folder + separator + name)
  );
}

/**
 * The path to name where nothing is granted: the first that exists, as far as looking is granted,
 * else the most usual one.
 */
export function likeliestPath(paths: readonly string[]): string {
  return paths.find(exists) ?? paths[0]!;
}

function exists(path: string): boolean {
  if (Deno.permissions.querySync({ name: "read", path }).state !== "granted") return false;
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Debian and Ubuntu; Fedora, SUSE; Arch; glibc beside musl, as in Deno's image for Alpine. */
function linuxFolders(): readonly string[] {
  const triplet = `${Deno.build.arch}-linux-gnu`;
  return [`/lib/${triplet}`, `/usr/lib/${triplet}`, "/lib64", "/usr/lib64", "/usr/lib", "/lib"]
    .concat("/usr/local/lib");
}

const foldersOf: LibraryNames = {
  darwin: ["/usr/lib", "/opt/homebrew/lib", "/usr/local/lib"],
  windows: ["C:\\Windows\\System32"],
};
