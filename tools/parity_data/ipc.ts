/**
 * Processes, shared memory, semaphores.
 *
 * @module
 */
import { absent, type Decisions, different, named } from "../parity/decision.ts";

const fork = absent("Deno starts programs without a moment between fork and exec");
const nativeOnly = different("`nativeIpcKey`; a plain key is one of Qt's legacy keys");

/** The decisions. */
export const ipc: Decisions = {
  QProcessEnvironment: { issue: 2, notes: { "toStringList": different("iteration") } },
  QProcess: {
    issue: 2,
    notes: {
      "open": different("`start`"),
      "createProcessArgumentsModifier setCreateProcessArgumentsModifier": fork,
      "setChildProcessModifier failChildProcessModifier unixProcessParameters": fork,
      "setUnixProcessParameters UnixProcessFlag": fork,
      "setEnvironment environment": different("`processEnvironment`"),
      "systemEnvironment": different("`ProcessEnvironment.systemEnvironment()`"),
      "setProcessState": absent("the process's own business"),
    },
  },
  QSharedMemory: {
    issue: 13,
    notes: {
      "key setKey nativeKey setNativeKey": nativeOnly,
      "constData": different('`data`, when attached `"readOnly"`'),
      "platformSafeKey legacyNativeKey": different("`NativeIpcKey.legacy`"),
    },
  },
  QSystemSemaphore: {
    issue: 13,
    notes: {
      "key setKey setNativeKey": nativeOnly,
      "platformSafeKey legacyNativeKey": different("`NativeIpcKey.legacy`"),
    },
  },
  QNativeIpcKey: {
    issue: 13,
    value: true,
    notes: {
      "isEmpty": different("a key is never empty"),
      "Type::PosixRealtime": named('"posix"'),
    },
  },
};
