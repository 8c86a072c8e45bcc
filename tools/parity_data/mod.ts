/**
 * What was decided about Qt's classes. Names that follow from the rules, and names that are really
 * exported, need no word here: only exceptions do.
 *
 * @module
 */
import type { Decisions } from "../parity/decision.ts";
import { access } from "./access.ts";
import { dbus } from "./dbus.ts";
import { ftp } from "./ftp.ts";
import { ipc } from "./ipc.ts";
import { kernel } from "./kernel.ts";
import { sockets } from "./sockets.ts";
import { tls } from "./tls.ts";
import { web } from "./web.ts";

/** All decisions, by Qt's class. */
export const decisions: Decisions = {
  ...sockets,
  ...kernel,
  ...access,
  ...tls,
  ...ipc,
  ...dbus,
  ...ftp,
  ...web,
};
