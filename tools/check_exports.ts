/**
 * Checks that users can import what is public: each public file is exported by its folder's mod.ts
 * and has a subpath of its own in deno.json. With `--fix` writes deno.json's `exports`.
 *
 * @module
 */
import { conclude, exists, filesIn, publicFolders, read, root } from "./tree.ts";

const exportLine = /^export \* from "(.+)";$/;

/** What a mod.ts exports, and what does not belong into it. */
export function readModule(source: string): { specifiers: string[]; problems: string[] } {
  const code = source.replace(/\/\*\*.*?\*\//s, "");
  const lines = code.split("\n").filter((line) => line.trim() !== "");
  const specifiers = lines.flatMap((line) => exportLine.exec(line)?.[1] ?? []);
  const problems = lines.filter((line) => !exportLine.test(line))
    .map((line) => `has more than \`export *\`: ${line}`);
  if (!/^\/\*\*.*@module.*?\*\//s.test(source)) problems.push("has no doc comment with @module");
  return { specifiers, problems };
}

/** The path from the root that a specifier of a file means. */
function resolve(specifier: string, file: string): string {
  return new URL(specifier, `file:///${file}`).pathname.slice(1);
}

/** The public files of a folder: no `_` in front, not those of a public folder inside it. */
function publicFiles(folder: string): string[] {
  const inner = publicFolders.filter((other) => other.startsWith(folder + "/"));
  return filesIn(folder, ".ts").filter((path) =>
    !/(^|\/)_|(^|\/)mod\.ts$/.test(path) && !inner.some((other) => path.startsWith(other + "/"))
  );
}

/** The subpath of a file that a folder exports: `net/tcp_socket.ts` is `./net/tcp-socket`. */
export function subpath(folder: string, file: string): string {
  const name = file.slice(file.lastIndexOf("/") + 1).replace(/\.ts$/, "");
  return `./${folder}/${name.replaceAll("_", "-")}`;
}

/** Looks at the whole tree: what is wrong, and the exports that deno.json should have. */
function inspect(): { problems: string[]; exports: Record<string, string> } {
  const problems: string[] = [];
  const exports: Record<string, string> = { ".": "./mod.ts" };
  const folders = publicFolders.filter((folder) =>
    publicFiles(folder).length > 0 || exists(`${folder}/mod.ts`)
  );
  const modules = ["mod.ts", ...folders.map((folder) => `${folder}/mod.ts`)];
  const exported = new Map(modules.map((module) => {
    if (!exists(module)) {
      problems.push(`${module} is not there`);
      return [module, []];
    }
    const { specifiers, problems: found } = readModule(read(module));
    problems.push(...found.map((problem) => `${module} ${problem}`));
    return [module, specifiers.map((specifier) => resolve(specifier, module))];
  }));
  const demand = (module: string, file: string) => {
    if (!exported.get(module)?.includes(file)) problems.push(`${module} does not export ${file}`);
  };
  for (const folder of folders) {
    const module = `${folder}/mod.ts`;
    demand("mod.ts", module);
    exports[`./${folder}`] = `./${module}`;
    for (const file of publicFiles(folder)) demand(module, file);
    for (const file of exported.get(module) ?? []) exports[subpath(folder, file)] = `./${file}`;
  }
  if (exists("cli/mod.ts")) exports["./cli"] = "./cli/mod.ts";
  return { problems, exports };
}

/** Puts `exports` into the text of deno.json, the rest of it untouched. */
export function withExports(text: string, exports: Record<string, string>): string {
  const block = JSON.stringify(exports, null, 2).replaceAll("\n", "\n  ");
  return text.replace(/"exports": \{.*?\}/s, () => `"exports": ${block}`);
}

if (import.meta.main) {
  const { problems, exports } = inspect();
  const config = read("deno.json");
  const wanted = withExports(config, exports);
  if (wanted !== config && Deno.args.includes("--fix")) {
    Deno.writeTextFileSync(new URL("deno.json", root), wanted);
  } else if (wanted !== config) {
    problems.push("deno.json's exports are not those of the tree: run `deno task fix`");
  }
  conclude("exports", problems);
}
