/**
 * `protocol/` is pure: bytes in, events and bytes out, the same every time.
 *
 * @module
 */
import { pathInTree } from "./place.ts";

const impure = new Set([
  "AbortSignal",
  "Date",
  "Deno",
  "Promise",
  "WebSocket",
  "caches",
  "clearInterval",
  "clearTimeout",
  "console",
  "crypto",
  "fetch",
  "globalThis",
  "localStorage",
  "navigator",
  "performance",
  "process",
  "queueMicrotask",
  "setImmediate",
  "setInterval",
  "setTimeout",
]);

/** Whether an identifier is only the name of a member, as in `headers.Date` or `{ Date: 1 }`. */
function isMemberName(node: Deno.lint.Identifier): boolean {
  const parent = node.parent as { property?: unknown; key?: unknown; computed?: boolean };
  return !parent.computed && (parent.property === node || parent.key === node);
}

/** The rule `pure-protocol`. */
export const pureRules: Record<string, Deno.lint.Rule> = {
  "pure-protocol": {
    create(context): Deno.lint.LintVisitor {
      if (!pathInTree(context.filename).startsWith("protocol/")) return {};
      const refuse = (node: Deno.lint.Node, what: string) =>
        context.report({ node, message: `protocol/ is pure: no ${what}` });
      const refuseAsync = (node: Deno.lint.Node & { async: boolean }) => {
        if (node.async) refuse(node, "async");
      };
      return {
        Identifier(node) {
          if (impure.has(node.name) && !isMemberName(node)) refuse(node, node.name);
        },
        MemberExpression(node) {
          if (context.sourceCode.getText(node) === "Math.random") refuse(node, "Math.random");
        },
        AwaitExpression: (node) => refuse(node, "await"),
        ForOfStatement(node) {
          if (node.await) refuse(node, "for await");
        },
        FunctionDeclaration: refuseAsync,
        FunctionExpression: refuseAsync,
        ArrowFunctionExpression: refuseAsync,
      };
    },
  },
};
