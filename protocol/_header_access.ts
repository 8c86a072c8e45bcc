/**
 * What codecs may do with {@linkcode HttpHeaders} and its users may not. The class itself fills
 * this in, so that its fields stay private and nothing of this is exported with it.
 *
 * @module
 */
import type { HttpHeaders } from "./http_headers.ts";

/** The way in, there once `http_headers.ts` has been loaded. */
export const headerAccess = {} as {
  /** Makes headers around a list (name, value, name, value …) already known to be valid. */
  make: (list: string[]) => HttpHeaders;
  /** The list inside headers, to be read only. */
  list: (headers: HttpHeaders) => readonly string[];
};

/** A text without the spaces and tabs around it (OWS, RFC 9110 section 5.6.3). */
export function trimSpace(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && isSpace(text.charCodeAt(from))) from++;
  while (to > from && isSpace(text.charCodeAt(to - 1))) to--;
  return text.slice(from, to);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
