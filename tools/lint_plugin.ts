/**
 * The rules of ARCHITECTURE.md and STYLE.md that a machine can check, as a plugin of `deno lint`.
 *
 * @module
 */
import { layerRules } from "./lint/layers.ts";
import { pureRules } from "./lint/pure.ts";
import { shapeRules } from "./lint/shape.ts";
import { wordRules } from "./lint/words.ts";

const plugin: Deno.lint.Plugin = {
  name: "quayside",
  rules: { ...layerRules, ...pureRules, ...shapeRules, ...wordRules },
};

export default plugin;
