/**
 * What the library says: the form of error messages, and no words on the console.
 *
 * @module
 */
import { libraryFolder, pathInTree } from "./place.ts";

/**
 * Says what is wrong with the sentence of an error, or null.
 *
 * @param text The literal, or the fixed parts of a template joined by "…".
 */
export function judgeMessage(text: string): string | null {
  if (!text.startsWith("Cannot ")) return 'an error says "Cannot ‹do› ‹what›: ‹what is so›"';
  return text.endsWith(".") ? "an error message ends without a full stop" : null;
}

/** The fixed text of a literal, a template or a sum that starts with one; null for anything else. */
function fixedText(node: Deno.lint.Expression | Deno.lint.SpreadElement): string | null {
  if (node.type === "Literal") return typeof node.value === "string" ? node.value : null;
  if (node.type === "TemplateLiteral") return node.quasis.map((part) => part.cooked).join("…");
  if (node.type !== "BinaryExpression" || node.operator !== "+") return null;
  const start = fixedText(node.left as Deno.lint.Expression);
  return start === null ? null : start + (fixedText(node.right) ?? "…");
}

/** The sentence among an error's arguments: the only one, or the last with a space (others are codes). */
function sentence(args: Deno.lint.NewExpression["arguments"]): string | null {
  const texts = args.map(fixedText).filter((text) => text !== null);
  return args.length === 1
    ? texts[0] ?? null
    : texts.findLast((text) => text.includes(" ")) ?? null;
}

/** The rules `error-message` and `no-console`, for the library alone. */
export const wordRules: Record<string, Deno.lint.Rule> = {
  "error-message": {
    create(context): Deno.lint.LintVisitor {
      if (libraryFolder(pathInTree(context.filename)) === null) return {};
      return {
        NewExpression(node) {
          if (!context.sourceCode.getText(node.callee).endsWith("Error")) return;
          const text = sentence(node.arguments);
          const message = text === null ? null : judgeMessage(text);
          if (message !== null) context.report({ node, message });
        },
      };
    },
  },
  "no-console": {
    create(context): Deno.lint.LintVisitor {
      const folder = libraryFolder(pathInTree(context.filename));
      if (folder === null || folder === "cli") return {};
      return {
        MemberExpression(node) {
          if (node.object.type !== "Identifier" || node.object.name !== "console") return;
          context.report({ node, message: "the library never writes to the console" });
        },
      };
    },
  },
};
