/**
 * Names as text: the presentation format of RFC 1035 §5.1, with "\." and "\ddd".
 */
import { ByteWriter } from "./byte_writer.ts";
import { LocalProtocolError } from "./error.ts";

/** The longest name on the wire, the lengths of its labels and the root's zero included (§2.3.4). */
export const MAX_NAME_LENGTH = 255;

/** The longest label (§2.3.4). */
export const MAX_LABEL_LENGTH = 63;

/**
 * A name for the wire, uncompressed.
 *
 * @param name ASCII; a dot at the end changes nothing, "." is the root.
 * @throws {LocalProtocolError} When it is empty or too long, or a label is.
 */
export function encodeName(name: string): Uint8Array<ArrayBuffer> {
  const refuse = (so: string) => new LocalProtocolError(`Cannot ask for "${name}": ${so}`);
  if (name === "") throw refuse("there is no name");
  const labels = name === "." ? [] : labelsOf(name, refuse);
  const writer = new ByteWriter();
  for (const label of labels) {
    if (label.length === 0) throw refuse("a label is empty");
    if (label.length > MAX_LABEL_LENGTH) throw refuse("a label is longer than 63 bytes");
    writer.u8(label.length).bytes(label);
  }
  if (writer.u8(0).length > MAX_NAME_LENGTH) throw refuse("it is longer than 255 bytes");
  return writer.finish();
}

/** The text of one label. */
export function labelText(label: Uint8Array): string {
  const text = String.fromCharCode(...label);
  return plain.test(text) ? text : text.replace(special, escape);
}

function labelsOf(name: string, refuse: (so: string) => Error): number[][] {
  const labels: number[][] = [[]];
  for (const [token] of name.matchAll(/\\\d{3}|\\?[^]/g)) {
    if (token === ".") labels.push([]);
    else labels.at(-1)!.push(byteOf(token, refuse));
  }
  if (labels.length > 1 && labels.at(-1)!.length === 0) labels.pop();
  return labels;
}

/** The byte of a character, of "\." or of "\ddd". */
function byteOf(token: string, refuse: (so: string) => Error): number {
  if (token === "\\") throw refuse("it ends with a backslash");
  const byte = token.length === 4 ? Number(token.slice(1)) : token.charCodeAt(token.length - 1);
  if (byte > 255) throw refuse(`"${token}" is no byte`);
  if (token.length === 1 && !(byte > 0x20 && byte < 0x7f)) throw refuse("it is not visible ASCII");
  return byte;
}

function escape(character: string): string {
  const code = character.charCodeAt(0);
  return code > 0x20 && code < 0x7f ? `\\${character}` : `\\${`${code}`.padStart(3, "0")}`;
}

const plain = /^[!--/-[\]-~]*$/;
const special = /[^!--/-[\]-~]/g;
