/**
 * D-Bus.
 *
 * @module
 */
import { absent, type Decisions, different, named } from "../parity/decision.ts";

const values = different("plain values, and a signature where they do not say it");
const promises = different("a call returns a promise");
const dedicated = different("rejects with `DBusError`");

/** The decisions. */
export const dbus: Decisions = {
  QDBusConnection: {
    issue: 15,
    notes: {
      "lastError": dedicated,
      "name": absent("connections are values, not entries of a table of names"),
      "callWithCallback asyncCall": different("`call`"),
      "disconnect": different("the `SignalConnection` that `connect` returns"),
      "disconnectFromBus disconnectFromPeer": different("`close`"),
      "connectionCapabilities ConnectionCapability": different("the option `fileDescriptors`"),
      "RegisterOption": different("the option `export` of `registerObject`"),
    },
  },
  QDBusConnectionInterface: {
    issue: 15,
    notes: {
      "callWithCallbackFailed": promises,
      "NameAcquired NameLost NameOwnerChanged": different("the three signals in lower case"),
      "RegisterServiceReply": different("whether the name is ours now"),
      "ServiceQueueOptions ServiceReplacementOptions": different("options of `registerService`"),
    },
  },
  QDBusMessage: {
    issue: 15,
    notes: {
      "createSignal createTargetedSignal": named("DBusMessage.signal"),
      "createMethodCall": named("DBusMessage.methodCall"),
      "createError": different("`createErrorReply`"),
      "setArguments": different("given when the message is made"),
      "MessageType::InvalidMessage": different("a message is always valid"),
    },
  },
  QDBusArgument: { issue: 15, whole: values },
  QDBusObjectPath: { issue: 15, value: true },
  QDBusSignature: { issue: 15, value: true },
  QDBusVariant: {
    issue: 15,
    value: true,
    notes: { "setVariant": absent("values do not change"), "variant": named("value") },
  },
  QDBusMetaType: { issue: 15, whole: values },
  QDBusError: {
    issue: 15,
    value: true,
    notes: { "type ErrorType": different("`errorName`, as the bus sent it") },
  },
  QDBusReply: { issue: 15, whole: promises },
  QDBusPendingCall: { issue: 15 },
  QDBusPendingCallWatcher: { issue: 15 },
  QDBusPendingReplyBase: { issue: 15, whole: absent("a base class of Qt's interior") },
  QDBusPendingReply: { issue: 15 },
  QDBusAbstractInterfaceBase: { issue: 15, whole: absent("a base class of Qt's interior") },
  QDBusAbstractInterface: {
    issue: 15,
    notes: {
      "lastError": dedicated,
      "callWithArgumentList callWithCallback asyncCall asyncCallWithArgumentList": different(
        "`call`",
      ),
      "internalPropGet internalPropSet internalConstCall": absent("Qt's interior"),
    },
  },
  QDBusInterface: { issue: 15 },
  QDBusAbstractAdaptor: {
    issue: 15,
    notes: {
      "autoRelaySignals setAutoRelaySignals": different("signals that are exported are relayed"),
    },
  },
  QDBusServiceWatcher: { issue: 15 },
  QDBusServer: {
    issue: 16,
    notes: {
      "isAnonymousAuthenticationAllowed setAnonymousAuthenticationAllowed": different(
        "the option `authentication`",
      ),
      "lastError": dedicated,
    },
  },
  QDBusContext: { issue: 15 },
  QDBusVirtualObject: { issue: 15 },
  QDBusUnixFileDescriptor: {
    issue: 16,
    notes: {
      "setFileDescriptor giveFileDescriptor": different("given to the constructor"),
      "takeFileDescriptor": named("take"),
      "isSupported": different("the option `fileDescriptors`"),
    },
  },
  QDBus: { here: "DBusConnection", issue: 15, whole: promises, notes: { "CallMode": promises } },
};
