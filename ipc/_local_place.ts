/**
 * Where the name of a local server leads, by Qt's rule.
 *
 * @module
 */
import { SocketError } from "../core/error.ts";

/** Bytes of a path, or of an abstract name with its NUL: sun_path, which ends with a NUL. */
const LONGEST_PATH = 107;
const PIPE = "\\\\.\\pipe\\";

/** A name and where it leads. */
export interface LocalPlace {
  /** As it was given. */
  readonly name: string;
  /** The path, the abstract name, or the pipe; as users see it. */
  readonly fullName: string;
  /** What the system is given: an abstract name begins with a NUL. */
  readonly path: string;
  /** How sentences name it. */
  readonly label: string;
}

/**
 * Finds the place of a name: an absolute path is itself, any other name lies in the folder for
 * temporary files.
 *
 * @throws {TypeError} A path contains a NUL.
 * @throws {SocketError} "hostNotFound": the name is empty or too long, as Qt has it;
 * "unsupportedSocketOperation": the system has no abstract names.
 */
export function placeOf(name: string, { abstract = false }: { abstract?: boolean }): LocalPlace {
  const place = abstract ? abstractPlace(name) : filePlace(name);
  const { label } = place;
  if (name === "") throw new SocketError("hostNotFound", "Cannot use a local name: it is empty");
  if (Deno.build.os === "windows") return place;
  const size = new TextEncoder().encode(place.path).length;
  if (size <= LONGEST_PATH) return place;
  const so = `it has ${size} bytes, at most ${LONGEST_PATH} fit`;
  throw new SocketError("hostNotFound", `Cannot use the local name ${label}: ${so}`);
}

function filePlace(name: string): LocalPlace {
  if (name.includes("\0")) {
    throw new TypeError(`Cannot use the local name ${JSON.stringify(name)}: it contains a NUL`);
  }
  const path = Deno.build.os === "windows"
    ? name.startsWith(PIPE) ? name : PIPE + name
    : name.startsWith("/")
    ? name
    : `${temporaryFolder()}/${name}`;
  return { name, path, fullName: path, label: path };
}

function abstractPlace(name: string): LocalPlace {
  if (Deno.build.os === "linux" || Deno.build.os === "android") {
    return { name, path: `\0${name}`, fullName: name, label: `@${name}` };
  }
  const so = `${Deno.build.os} has no abstract names`;
  throw new SocketError("unsupportedSocketOperation", `Cannot use the local name ${name}: ${so}`);
}

/** QDir::tempPath(), as far as the environment may be read. */
function temporaryFolder(): string {
  const { state } = Deno.permissions.querySync({ name: "env", variable: "TMPDIR" });
  const folder = state === "granted" ? Deno.env.get("TMPDIR") : undefined;
  return folder ? folder.replace(/(?<=.)\/+$/, "") : "/tmp";
}
