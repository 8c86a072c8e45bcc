/**
 * A command line as one string, by the rules of QProcess::splitCommand.
 *
 * @module
 */

/** What Qt takes for a space: QChar::isSpace. */
const space = /[\p{Z}\t-\r\x85]/u;

/**
 * Splits a command into a program and its arguments: at spaces, except inside double quotes; three
 * double quotes in a row stand for one. Nothing else is special, and an empty argument cannot be
 * written.
 */
export function splitCommand(command: string): string[] {
  const parts: string[] = [];
  let part = "";
  let quotes = 0;
  let quoted = false;
  for (const character of command) {
    if (character === '"') {
      if (++quotes < 3) continue;
      quotes = 0;
    } else {
      if (quotes === 1) quoted = !quoted;
      quotes = 0;
      if (!quoted && space.test(character)) {
        if (part !== "") parts.push(part);
        part = "";
        continue;
      }
    }
    part += character;
  }
  if (part !== "") parts.push(part);
  return parts;
}
