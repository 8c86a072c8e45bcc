/**
 * HTTP's header fields as a value (RFC 9110 section 5).
 *
 * Inside is one flat list, name, value, name, value: a message has a dozen fields, and walking
 * a dozen lengths is faster than building a map for each response.
 *
 * @module
 */
import { headerAccess, trimSpace } from "./_header_access.ts";

/** Whatever can be made into {@linkcode HttpHeaders}: a record, pairs, `Headers` or `HttpHeaders`. */
export type HttpHeadersInit =
  | Readonly<Record<string, string>>
  | Iterable<readonly [name: string, value: string]>
  | Headers
  | HttpHeaders;

/**
 * The header fields of a message, after QHttpHeaders (and RFC 9110 section 5).
 *
 * Unlike `Headers` it keeps the order and the letter case of names, as they were received or are
 * to be sent. Names are compared without regard to case. A value is text whose characters are
 * its bytes (latin-1), without white space at either end.
 *
 * @example
 * ```ts
 * import { HttpHeaders } from "@quayside/quayside/http";
 * import { assertEquals } from "@std/assert";
 *
 * const headers = new HttpHeaders({ "Content-Type": "text/plain" });
 * headers.append("Via", "1.1 alpha").append("via", "1.1 beta");
 *
 * assertEquals(headers.get("content-type"), "text/plain");
 * assertEquals(headers.get("Via"), "1.1 alpha, 1.1 beta");
 * assertEquals([...headers].map(([name]) => name), ["Content-Type", "Via", "via"]);
 * ```
 */
export class HttpHeaders implements Iterable<[name: string, value: string]> {
  #list: string[] = [];

  static {
    headerAccess.make = (list) => {
      const headers = new HttpHeaders();
      headers.#list = list;
      return headers;
    };
    headerAccess.list = (headers) => headers.#list;
  }

  /**
   * Makes headers of what is given, each name and value being checked.
   *
   * @param init What to begin with, in its order; nothing by default.
   * @throws TypeError When a name or a value is not valid.
   */
  constructor(init?: HttpHeadersInit) {
    if (init === undefined) return;
    if (init instanceof HttpHeaders) {
      this.#list = init.#list.slice();
      return;
    }
    const pairs = Symbol.iterator in init ? init : Object.entries(init);
    for (const [name, value] of pairs as Iterable<[string, string]>) this.append(name, value);
  }

  /** How many fields there are; a name that comes twice counts twice. */
  get size(): number {
    return this.#list.length / 2;
  }

  /**
   * Adds a field at the end, beside those of the same name.
   *
   * @param name A token (RFC 9110 section 5.1).
   * @param value White space around it is dropped (RFC 9110 section 5.5).
   * @returns This object.
   * @throws TypeError When the name is no token, or the value holds CR, LF, NUL or a character
   * above U+00FF.
   */
  append(name: string, value: string): this {
    this.#list.push(validName(name), validValue(name, value));
    return this;
  }

  /**
   * Sets a field to one value: in the place of the first field of that name, the others going
   * away, or else at the end (QHttpHeaders::replaceOrAppend).
   *
   * @param name A token (RFC 9110 section 5.1).
   * @param value White space around it is dropped.
   * @returns This object.
   * @throws TypeError When the name or the value is not valid, as in {@linkcode append}.
   */
  set(name: string, value: string): this {
    const at = this.#indexOf(name, 0);
    if (at < 0) return this.append(name, value);
    const valid = validValue(name, value);
    const tail = this.#list.splice(at);
    tail[0] = name;
    tail[1] = valid;
    for (let i = 0; i < tail.length; i += 2) {
      if (i === 0 || !sameName(tail[i]!, name)) this.#list.push(tail[i]!, tail[i + 1]!);
    }
    return this;
  }

  /**
   * The values of a name, joined by ", " (RFC 9110 section 5.3).
   *
   * Set-Cookie values hold commas of their own: read them by {@linkcode values}.
   *
   * @param name In any letter case.
   * @returns `null` when there is no such field.
   */
  get(name: string): string | null {
    let at = this.#indexOf(name, 0);
    if (at < 0) return null;
    let joined = this.#list[at + 1]!;
    while ((at = this.#indexOf(name, at + 2)) >= 0) joined += ", " + this.#list[at + 1]!;
    return joined;
  }

  /**
   * The values of a name, one for each field, unjoined and in order.
   *
   * @param name In any letter case.
   * @returns A new array, empty when there is no such field.
   */
  values(name: string): string[] {
    const values: string[] = [];
    for (let at = -2; (at = this.#indexOf(name, at + 2)) >= 0;) values.push(this.#list[at + 1]!);
    return values;
  }

  /**
   * Whether there is a field of that name.
   *
   * @param name In any letter case.
   */
  has(name: string): boolean {
    return this.#indexOf(name, 0) >= 0;
  }

  /**
   * Removes all fields of a name (QHttpHeaders::removeAll).
   *
   * @param name In any letter case.
   * @returns Whether there was one.
   */
  delete(name: string): boolean {
    const before = this.#list;
    this.#list = before.filter((_, i) => !sameName(before[i & ~1]!, name));
    return this.#list.length < before.length;
  }

  /** The fields as [name, value], in order and with their own letter case. */
  *[Symbol.iterator](): IterableIterator<[name: string, value: string]> {
    const list = this.#list;
    for (let i = 0; i < list.length; i += 2) yield [list[i]!, list[i + 1]!];
  }

  /** A new `Headers` with the same fields: names in lower case, sorted, as that class has them. */
  toHeaders(): Headers {
    return new Headers([...this]);
  }

  #indexOf(name: string, from: number): number {
    const list = this.#list;
    for (let i = from; i < list.length; i += 2) if (sameName(list[i]!, name)) return i;
    return -1;
  }
}

function sameName(a: string, b: string): boolean {
  return a.length === b.length && (a === b || a.toLowerCase() === b.toLowerCase());
}

function validName(name: string): string {
  if (token.test(name)) return name;
  throw new TypeError(`Cannot use header name ${JSON.stringify(name)}: it is not a token`);
}

function validValue(name: string, value: string): string {
  const trimmed = trimSpace(value);
  if (fieldValue.test(trimmed)) return trimmed;
  throw new TypeError(
    `Cannot use the value of header ${name}: it holds CR, LF, NUL or a character above U+00FF`,
  );
}

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const fieldValue = /^[^\0\n\r\u0100-\uffff]*$/;
