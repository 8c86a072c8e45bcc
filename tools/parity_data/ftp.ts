/**
 * FTP.
 *
 * @module
 */
import { type Decisions, different } from "../parity/decision.ts";

/** The decisions. */
export const ftp: Decisions = {
  QFtp: {
    issue: 12,
    notes: {
      "currentDevice": different("the body given to `get` or `put`"),
      "State::Unconnected Error::NoError": different("`null` where there is none"),
    },
  },
  QUrlInfo: {
    issue: 12,
    value: true,
    notes: {
      "setName setDir setFile setSymLink setOwner setGroup setSize setWritable setReadable":
        different("an immutable value"),
      "setPermissions setLastModified setLastRead": different("an immutable value"),
      "greaterThan lessThan equal": different("`sort` with a comparison of one's own"),
    },
  },
};
