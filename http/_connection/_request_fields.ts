/**
 * The header fields that go on the wire: the user's, and what the engine adds to them.
 *
 * @module
 */
import { HttpHeaders } from "../../protocol/http_headers.ts";

/** What a server is told of us, unless the user says something else. */
const USER_AGENT = "Quayside/0.1";

/** What frames a body. Here no request has one, whatever its fields say. */
const FRAMING = /^(?:content-length|transfer-encoding)$/i;

/**
 * The user's fields in their order and case, after the Host field, which RFC 9110 section 7.2 wants
 * first; what is missing comes last.
 */
export function requestFields(headers: HttpHeaders, url: URL): HttpHeaders {
  const fields = new HttpHeaders();
  if (!headers.has("host")) fields.append("Host", url.host);
  for (const [name, value] of headers) if (!FRAMING.test(name)) fields.append(name, value);
  if (!headers.has("user-agent")) fields.append("User-Agent", USER_AGENT);
  if (!headers.has("accept")) fields.append("Accept", "*/*");
  return fields;
}
