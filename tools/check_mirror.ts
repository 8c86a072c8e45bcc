/**
 * Checks that the tests mirror the sources: each file has its test file, and each test
 * file has its source. Private files are tested with the public one that uses them.
 *
 * @module
 */
import { conclude, filesIn, mirroredFolders, read } from "./tree.ts";

/** Whether a file has something to run: types alone are tested by the compiler. */
export function hasCode(source: string): boolean {
  return /^(export )?(default |abstract |async )*(class|function|const|let)\b/m.test(source);
}

/** Whether a file needs a test file of its own; a private one is tested with its public file. */
export function needsTest(path: string): boolean {
  return !path.endsWith("/mod.ts") && !/(^|\/)_/.test(path);
}

/** The test file of a source file: `net/tcp_socket.ts` has `tests/net/tcp_socket_test.ts`. */
export function testOf(path: string): string {
  return `tests/${path.replace(/\.ts$/, "_test.ts")}`;
}

/** The sources that a test file may be about: a long test is split as `tcp_socket_close_test.ts`. */
export function possibleSources(test: string): string[] {
  const words = test.replace(/^tests\//, "").replace(/_test\.ts$/, "").split("_");
  return words.map((_, i) => words.slice(0, i + 1).join("_"))
    .flatMap((stem) => [`${stem}.ts`, stem.replace(/([^/]+)$/, "_$1.ts")]);
}

if (import.meta.main) {
  const problems: string[] = [];
  const tests = new Set(filesIn("tests", "_test.ts"));
  const sources = mirroredFolders.flatMap((folder) => filesIn(folder, ".ts"));
  for (const source of sources) {
    if (needsTest(source) && !tests.has(testOf(source)) && hasCode(read(source))) {
      problems.push(`${source} has no ${testOf(source)}`);
    }
  }
  const tested = new Set([...sources, ...filesIn("tools", ".ts"), ...filesIn("examples", ".ts")]);
  for (const test of tests) {
    if (!test.startsWith("tests/_") && !possibleSources(test).some((path) => tested.has(path))) {
      problems.push(`${test} has no source`);
    }
  }
  conclude("mirror", problems);
}
