/**
 * The shape of declarations: no `enum`, no `private` keyword, few positional parameters, short
 * functions.
 *
 * @module
 */
import { countCodeLines, maxFunctionLines } from "../code_lines.ts";
import { pathInTree } from "./place.ts";

/** Functions that may have more than two positional parameters, and why. */
const longer: Readonly<Record<string, { count: number; because: string }>> = {
  writeDatagram: { count: 3, because: "QUdpSocket's own call has three plain values" },
  verifyClient: { count: 4, because: "QDtlsClientVerifier's own call has four plain values" },
};

type Callable =
  | Deno.lint.FunctionDeclaration
  | Deno.lint.FunctionExpression
  | Deno.lint.TSEmptyBodyFunctionExpression;

/** The rules `no-enum`, `no-access-keyword`, `positional-parameters` and `function-length`. */
export const shapeRules: Record<string, Deno.lint.Rule> = {
  "no-enum": {
    create: (context): Deno.lint.LintVisitor => ({
      TSEnumDeclaration: (node) =>
        context.report({ node, message: "use a union of strings or an `as const` object" }),
    }),
  },
  "no-access-keyword": {
    create(context): Deno.lint.LintVisitor {
      const check = (node: Deno.lint.Node) => {
        if (/^(private|public)\b/.test(context.sourceCode.getText(node))) {
          context.report({ node, message: "use #name for what is private, nothing for public" });
        }
      };
      return {
        PropertyDefinition: check,
        MethodDefinition: check,
        TSAbstractPropertyDefinition: check,
        TSAbstractMethodDefinition: check,
        TSParameterProperty: check,
      };
    },
  },
  "positional-parameters": {
    create(context): Deno.lint.LintVisitor {
      const check = (node: Deno.lint.Node, name: string, callable: Callable) => {
        const { length } = callable.params.filter((parameter) => !isBag(context, parameter));
        const most = longer[name]?.count ?? (isPublic(context, node) ? 2 : 3);
        if (length <= most) return;
        const message = `${name}() has ${length} positional parameters, at most ${most} are read`;
        context.report({ node, message, hint: "take the others in an options bag" });
      };
      return {
        FunctionDeclaration: (node) => check(node, node.id?.name ?? "default", node),
        MethodDefinition: (node) => check(node, context.sourceCode.getText(node.key), node.value),
      };
    },
  },
  "function-length": {
    create(context): Deno.lint.LintVisitor {
      const check = (node: Deno.lint.Node) => {
        const lines = countCodeLines(context.sourceCode.getText(node));
        if (lines <= maxFunctionLines) return;
        const message = `a function of ${lines} lines, at most ${maxFunctionLines} are read`;
        context.report({ node, message });
      };
      return { FunctionDeclaration: check, MethodDefinition: check };
    },
  },
};

/** Whether a parameter is an options bag, by its name, type or pattern; or a rest of values. */
function isBag(context: Deno.lint.RuleContext, parameter: Deno.lint.Parameter): boolean {
  const bound = parameter.type === "AssignmentPattern" ? parameter.left : parameter;
  if (bound.type === "ObjectPattern" || bound.type === "RestElement") return true;
  if (bound.type !== "Identifier") return false;
  const type = bound.typeAnnotation ? context.sourceCode.getText(bound.typeAnnotation) : "";
  return /^_?options$/.test(bound.name) || /^:?\s*(\w*Options\b|\{)/.test(type);
}

/** Whether users of the library can call a function or a method. */
function isPublic(context: Deno.lint.RuleContext, node: Deno.lint.Node): boolean {
  if (pathInTree(context.filename).match(/(^|\/)_/)) return false;
  if (node.type === "MethodDefinition" && node.key.type === "PrivateIdentifier") return false;
  return context.sourceCode.getAncestors(node).some(({ type }) =>
    type === "ExportNamedDeclaration" || type === "ExportDefaultDeclaration"
  );
}
