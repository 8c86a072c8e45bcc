/**
 * What the documentation of the API lacks beyond what `deno doc --lint` sees.
 *
 * @module
 */
import { type Api, type Declaration, type Doc, ownMembers, type Parameter } from "./api.ts";

/** What has to be mended in the documentation of all that users can import. */
export function judgeApi(api: Api): string[] {
  return [...api].flatMap(([name, declarations]) =>
    declarations.flatMap((declaration) => [
      ...judgeExample(name, declaration),
      ...judgeParameters(name, declaration),
    ])
  );
}

/** A class that one makes (errors are made for one) and a function show how. */
function* judgeExample(name: string, declaration: Declaration): Generator<string> {
  const { kind, def, jsDoc } = declaration;
  const isMade = kind === "class" && !def.isAbstract &&
    !(typeof def.extends === "string" && def.extends.endsWith("Error"));
  if (!isMade && kind !== "function") return;
  const docs = [jsDoc, ...ownMembers(declaration).map((member) => member.jsDoc)];
  if (!docs.some((doc) => tagsOf(doc, "example").length > 0)) yield `${name} has no @example`;
}

/** A function describes each parameter; nothing describes one that it does not have. */
function* judgeParameters(name: string, declaration: Declaration): Generator<string> {
  const { kind, def, jsDoc } = declaration;
  if (kind === "function") {
    const described = new Set(tagsOf(jsDoc, "param"));
    for (const parameter of (def.params ?? []).map(parameterName)) {
      if (parameter === null || described.has(parameter)) continue;
      yield `${name} does not describe its parameter ${parameter}`;
    }
  }
  const callables = [
    { name, jsDoc, params: def.params },
    ...[...def.constructors ?? [], ...ownMembers(declaration)].map((member) => ({
      name: `${name}.${member.name}`,
      jsDoc: member.jsDoc,
      params: member.params ?? member.functionDef?.params,
    })),
  ];
  for (const { name, jsDoc, params } of callables) {
    const named = new Set(params?.map(parameterName));
    if (named.has(null)) continue;
    for (const tag of tagsOf(jsDoc, "param").filter((tag) => !named.has(tag))) {
      yield `${name} describes a parameter ${tag} that it does not have`;
    }
  }
}

/** The names of the tags of one kind, without what stands after a dot. */
function tagsOf(doc: Doc | undefined, kind: string): string[] {
  return (doc?.tags ?? []).filter((tag) => tag.kind === kind)
    .map((tag) => tag.name?.split(".")[0] ?? "");
}

/** The name of a parameter; null when it is a pattern. */
function parameterName({ name, left, arg }: Parameter): string | null {
  const inner = left ?? arg;
  return inner ? parameterName(inner) : name ?? null;
}
