/**
 * IODevice, the sockets and their servers.
 *
 * @module
 */
import { absent, type Decisions, different, named, planned } from "../parity/decision.ts";

const sctp = absent("SCTP: Deno has no such socket, and node has none either to build it on");
const setters = absent("the socket's own business; `AbstractSocket` is not subclassed outside");

/** The decisions. */
export const sockets: Decisions = {
  QIODevice: {
    issue: 1,
    done: true,
    notes: {
      "openMode setOpenMode": different("`isReadable` and `isWritable`"),
      "setTextModeEnabled isTextModeEnabled": absent("bytes stay as they are"),
      "readChannelCount writeChannelCount currentReadChannel setCurrentReadChannel": different(
        "only `Process` has two: it names them",
      ),
      "currentWriteChannel setCurrentWriteChannel channelReadyRead channelBytesWritten": different(
        "only `Process` has two: it names them",
      ),
      "open": different("each device opens by a word of its own: `connectToHost`, `start`"),
      "pos size seek reset": absent("every device here is sequential"),
      "readLineInto": different("`readLine`"),
      "ungetChar": named("unget"),
      "putChar": different("`write`"),
      "getChar": different("`read(1)`"),
      "errorString setErrorString": different("on each device, beside its `error`"),
    },
  },
  QIODeviceBase: {
    here: "IODevice",
    issue: 1,
    done: true,
    whole: different("a device knows whether it `isReadable` and `isWritable`"),
    notes: { "OpenModeFlag::Text OpenModeFlag::Unbuffered": absent("bytes, always buffered") },
  },
  QAbstractSocket: {
    issue: 1,
    done: true,
    unions: { NetworkLayerProtocol: "ConnectToHostOptions.protocol" },
    notes: {
      "resume pauseMode setPauseMode PauseMode": planned(5),
      "proxy setProxy proxyAuthenticationRequired": planned(4),
      "isValid": different("`isOpen`"),
      "socketType SocketType": different("the class says it: `TcpSocket`, `UdpSocket`"),
      "setSocketOption": named("setSocketOption"),
      "NetworkLayerProtocol::AnyIPProtocol": named('"any"'),
      "NetworkLayerProtocol::UnknownNetworkLayerProtocol": different("left out"),
      "SocketError::UnfinishedSocketOperationError": absent("no Qt class reports it either"),
      "SocketError::UnknownSocketError": different('`"operation"` with its cause'),
      "SocketOption::SendBufferSizeSocketOption": named('"sendBufferSize"'),
      "SocketOption::ReceiveBufferSizeSocketOption": named('"receiveBufferSize"'),
      "SocketOption::PathMtuSocketOption": absent("Deno sets no such option of a socket"),
      "SocketOption::KeepAliveIdleOption": different("the option `keepAliveIdle` of `TcpSocket`"),
      "SocketOption::KeepAliveIntervalOption SocketOption::KeepAliveCountOption": absent(
        "the system's own values hold: Deno sets only the idle time",
      ),
      "BindFlag": different("the options `reuseAddress` and `reusePort` of `bind`"),
      "setSocketState setSocketError setLocalPort setLocalAddress setPeerPort": setters,
      "setPeerAddress setPeerName": setters,
      "readLineData skipData": different("a device is written against `Transport`"),
    },
  },
  QTcpSocket: { issue: 1, done: true },
  QTcpServer: {
    issue: 1,
    done: true,
    notes: {
      "proxy setProxy": planned(4),
      "listenBacklogSize setListenBacklogSize": different("the option `backlog` of `listen`"),
      "incomingConnection addPendingConnection": different("the option `makeSocket`"),
    },
  },
  QUdpSocket: {
    issue: 3,
    done: true,
    notes: { "readDatagram": different("`receiveDatagram`, or `read` for the bytes alone") },
  },
  QSctpSocket: { issue: 1, whole: sctp },
  QSctpServer: { issue: 1, whole: sctp },
  QLocalSocket: {
    issue: 2,
    done: true,
    unions: { LocalSocketError: "SocketErrorCode", LocalSocketState: "SocketDeviceState" },
    notes: {
      "open": different("`connectToServer`"),
      "setServerName": different("the name that `connectToServer` takes"),
      "isValid": different("`isOpen`"),
      "socketOptions setSocketOptions SocketOption": different("the option `abstract`"),
      "LocalSocketError::UnknownSocketError": different('`"operation"` with its cause'),
      "readLineData skipData": different("a device is written against `Transport`"),
    },
  },
  QLocalServer: {
    issue: 2,
    done: true,
    notes: {
      "listenBacklogSize setListenBacklogSize": absent(
        "Deno takes none for Unix sockets; 50, as in Qt, where credentials or descriptors are asked for",
      ),
      "socketOptions setSocketOptions SocketOption": different(
        "the options `access` and `abstract` of `listen`",
      ),
      "incomingConnection addPendingConnection": different("the option `makeSocket`"),
    },
  },
};
