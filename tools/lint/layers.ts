/**
 * Who may import whom: the table of ARCHITECTURE.md.
 *
 * @module
 */
import { type LibraryFolder, libraryFolder, pathInTree } from "./place.ts";

interface Neighbours {
  /** Folders that may be imported. */
  readonly may: readonly LibraryFolder[];
  /** Folders of which only types, or values by `await import()`, may be imported. */
  readonly lazily?: readonly LibraryFolder[];
}

const below = ["protocol", "core"] as const;

const neighbours: Readonly<Record<LibraryFolder, Neighbours>> = {
  protocol: { may: ["protocol"] },
  core: { may: below },
  "tls/engine": { may: [...below, "tls/engine"] },
  net: { may: [...below, "net"], lazily: ["tls/engine"] },
  tls: { may: [...below, "tls/engine", "net", "tls"] },
  http: { may: [...below, "tls/engine", "net", "tls", "http"] },
  ipc: { may: [...below, "ipc"] },
  cli: { may: ["cli", "core", "net", "tls", "http", "ipc"] },
};

/** What library code may import by a bare name at once; everything else comes by `await import()`. */
const packages = ["@std/async", "@std/crypto", "@std/streams"];

interface Import {
  readonly from: string;
  readonly specifier: string;
  /** Types only, or by `await import()`: costs nothing at import. */
  readonly lazy: boolean;
}

/** Says what is wrong with an import, or null. */
export function judgeImport({ from, specifier, lazy }: Import): string | null {
  const folder = libraryFolder(from);
  if (!specifier.startsWith(".")) {
    if (folder === null || folder === "cli") return null;
    if (folder === "protocol") return `protocol/ is pure and imports no "${specifier}"`;
    return lazy || packages.includes(specifier)
      ? null
      : `"${specifier}" makes every import of the library slower: use await import()`;
  }
  const target = new URL(specifier, `file:///${from}`).pathname.slice(1);
  if (target.endsWith("mod.ts")) return judgeModule(from, target);
  const other = libraryFolder(target);
  if (folder === null) return null;
  if (other === null) return `the library does not import ${target}`;
  if (folder === "cli" && other !== "cli") return `cli/ imports ${other}/ by its mod.ts`;
  if (from.endsWith("/mod.ts") && other === "protocol") return null;
  const { may, lazily = [] } = neighbours[folder];
  if (may.includes(other)) return null;
  if (!lazily.includes(other)) return `${folder}/ may not import ${other}/`;
  return lazy ? null : `${folder}/ imports ${other}/ only by await import()`;
}

/** A mod.ts is the door for users: the root's mod.ts, the command and tests go through it. */
function judgeModule(from: string, target: string): string | null {
  const folder = libraryFolder(from);
  if (from === "mod.ts" || folder === null) return null;
  if (folder === "cli" && target !== "mod.ts") return null;
  return `the library imports files, not ${target}`;
}

/** The rule `layers`. */
export const layerRules: Record<string, Deno.lint.Rule> = {
  layers: {
    create(context): Deno.lint.LintVisitor {
      const from = pathInTree(context.filename);
      const judge = (node: Deno.lint.Node, specifier: string, lazy: boolean) => {
        const message = judgeImport({ from, specifier, lazy });
        if (message !== null) context.report({ node, message });
      };
      return {
        ImportDeclaration: (node) => judge(node, node.source.value, isTypeOnly(node)),
        ExportAllDeclaration: (node) => judge(node, node.source.value, false),
        ExportNamedDeclaration(node) {
          if (node.source) judge(node, node.source.value, node.exportKind === "type");
        },
        ImportExpression(node) {
          const { source } = node;
          if (source.type === "Literal" && typeof source.value === "string") {
            judge(node, source.value, true);
          }
        },
      };
    },
  },
};

function isTypeOnly(node: Deno.lint.ImportDeclaration): boolean {
  return node.importKind === "type" || node.specifiers.length > 0 &&
      node.specifiers.every((s) => s.type === "ImportSpecifier" && s.importKind === "type");
}
