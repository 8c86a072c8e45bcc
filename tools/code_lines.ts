/**
 * Counts lines of code: those that are neither blank nor comment.
 *
 * @module
 */

/** The most lines of code in a file. */
export const maxFileLines = 250;
/** The most lines of code in a function. */
export const maxFunctionLines = 40;

/**
 * The number of lines of code in a text.
 *
 * @param source TypeScript; block comments must start and end on lines of their own.
 * @returns The lines that are neither blank, nor a `//` comment, nor inside a block comment.
 */
export function countCodeLines(source: string): number {
  let inComment = false;
  let count = 0;
  for (const line of source.split("\n").map((line) => line.trim())) {
    if (inComment) {
      inComment = !line.endsWith("*/");
    } else if (line.startsWith("/*")) {
      inComment = !line.includes("*/");
    } else if (line !== "" && !line.startsWith("//")) {
      count++;
    }
  }
  return count;
}
