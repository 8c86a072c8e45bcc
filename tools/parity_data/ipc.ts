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
  QProcessEnvironment: {
    issue: 2,
    done: true,
    notes: {
      "Initialization": different("the option `inheritsFromParent` of the constructor"),
    },
  },
  QProcess: {
    issue: 2,
    done: true,
    unions: { "ProcessChannelMode": "ProcessChannelMode", "ProcessError": "ProcessErrorCode" },
    notes: {
      "open": different("`start`"),
      "setProgram": named("program"),
      "setArguments": named("arguments"),
      "processChannelMode setProcessChannelMode": named("channelMode"),
      "setEnvironment": named("environment"),
      "processEnvironment setProcessEnvironment": named("environment"),
      "nativeArguments setNativeArguments": absent("Deno quotes arguments for Windows itself"),
      "createProcessArgumentsModifier setCreateProcessArgumentsModifier": fork,
      "setChildProcessModifier failChildProcessModifier": fork,
      "unixProcessParameters setUnixProcessParameters": different(
        "`createNewSession`; the rest needs a moment between fork and exec",
      ),
      "UnixProcessFlag::CreateNewSession": different("`createNewSession`"),
      "UnixProcessFlag::CloseFileDescriptors": different("no descriptor is ever inherited"),
      "UnixProcessFlag": fork,
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
