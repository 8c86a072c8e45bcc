/**
 * The public API as `deno doc` sees it.
 *
 * @module
 */
import { deno, exists, publicFolders } from "./tree.ts";

/** A documentation comment. */
export interface Doc {
  readonly doc?: string;
  readonly tags?: readonly { readonly kind: string; readonly name?: string }[];
}

/** A member of a class or an interface. */
export interface Member {
  readonly name: string;
  readonly jsDoc?: Doc;
  readonly accessibility?: string;
  readonly params?: readonly Parameter[];
  readonly functionDef?: { readonly params: readonly Parameter[] };
}

/** A parameter, of which only the name is looked at. */
export interface Parameter {
  readonly kind: string;
  readonly name?: string;
  readonly left?: Parameter;
  readonly arg?: Parameter;
}

/** One declaration of a symbol. */
export interface Declaration {
  readonly kind: "class" | "interface" | "typeAlias" | "function" | "variable" | string;
  readonly location: { readonly filename: string; readonly line: number };
  readonly jsDoc?: Doc;
  readonly def: {
    readonly params?: readonly Parameter[];
    readonly constructors?: readonly Member[];
    readonly properties?: readonly Member[];
    readonly methods?: readonly Member[];
    readonly extends?: string | readonly { readonly repr: string }[];
    readonly isAbstract?: boolean;
    readonly tsType?: unknown;
  };
}

/** Everything that users can import, by name. */
export type Api = ReadonlyMap<string, readonly Declaration[]>;

/** Reads the API of all public folders. */
export async function readApi(): Promise<Api> {
  const modules = publicFolders.map((folder) => `${folder}/mod.ts`).filter(exists);
  const { success, output } = await deno("doc", "--json", ...modules);
  if (!success) throw new Error(`Cannot read the API: ${output}`);
  const { nodes } = JSON.parse(output) as {
    nodes: Record<string, { symbols: { name: string; declarations: Declaration[] }[] }>;
  };
  const symbols = Object.values(nodes).flatMap((module) => module.symbols);
  return new Map(symbols.map(({ name, declarations }) => [name, declarations]));
}

/** The members that a class or an interface declares itself, those for subclasses too. */
export function ownMembers({ def }: Declaration): Member[] {
  return [...def.properties ?? [], ...def.methods ?? []];
}

/** The names that a class or an interface extends. */
export function parents({ def }: Declaration): string[] {
  if (typeof def.extends === "string") return [def.extends];
  return (def.extends ?? []).map(({ repr }) => repr);
}

/** Finds `Class.member` in a class, an interface, or what they extend. */
export function findMember(api: Api, path: string): Member | null {
  const [owner = "", name] = path.split(".");
  for (const declaration of api.get(owner) ?? []) {
    const own = ownMembers(declaration).find((member) => member.name === name);
    if (own) return own;
    for (const parent of parents(declaration)) {
      const inherited = findMember(api, `${parent}.${name}`);
      if (inherited) return inherited;
    }
  }
  return null;
}

/** All string literals in a part of the documentation, as those of a union of strings. */
export function stringLiterals(part: unknown): Set<string> {
  const found = new Set<string>();
  JSON.stringify(part, (key, value) => {
    if (key === "string" && typeof value === "string") found.add(value);
    return value;
  });
  return found;
}
