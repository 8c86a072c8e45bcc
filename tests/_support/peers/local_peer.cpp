// Qt's own local sockets, as the other end.
//
//   local_peer listen NAME [abstract]     a QLocalServer that sends back what it gets
//   local_peer bye NAME [abstract]        a QLocalServer that answers "bye" and closes
//   local_peer connect NAME [abstract]    a QLocalSocket that says "hello" and prints what it gets
//   local_peer leave NAME                 a QLocalSocket that disconnects as soon as it is connected
//
// Prints what the classes tell, a line each: "listening FULLNAME", "[state]", "connected",
// "readyRead TEXT", "errorOccurred CODE", "disconnected". Ends with its standard input, and a client
// when it is unconnected again.
#include <QCoreApplication>
#include <QDebug>
#include <QLocalServer>
#include <QLocalSocket>
#include <QSocketNotifier>
#include <cstdio>
#include <unistd.h>

static void say(const QString &line) {
  std::puts(qPrintable(line));
  std::fflush(stdout);
}

// "peerClosed" for QLocalSocket::PeerClosedError
template <typename T> static QString word(T value) {
  QString text;
  QDebug(&text).nospace() << value;
  text = text.section("::", 1).chopped(qstrlen("State"));
  return text.at(0).toLower() + text.mid(1);
}

static void listenOn(const QString &name, bool abstract, bool bye) {
  auto *server = new QLocalServer(qApp);
  if (abstract) server->setSocketOptions(QLocalServer::AbstractNamespaceOption);
  QObject::connect(server, &QLocalServer::newConnection, [=] {
    QLocalSocket *socket = server->nextPendingConnection();
    QObject::connect(socket, &QLocalSocket::readyRead, [=] {
      const QByteArray got = socket->readAll();
      socket->write(bye ? "bye" : got);
      if (bye) socket->disconnectFromServer();
    });
    QObject::connect(socket, &QLocalSocket::disconnected, [] { say("disconnected"); });
  });
  if (server->listen(name)) return say("listening " + server->fullServerName());
  say(QString("cannot listen: %1").arg(server->errorString()));
  std::exit(1);
}

static void connectTo(const QString &name, bool abstract, bool leave) {
  auto *socket = new QLocalSocket(qApp);
  if (abstract) socket->setSocketOptions(QLocalSocket::AbstractNamespaceOption);
  QObject::connect(socket, &QLocalSocket::stateChanged, [=](QLocalSocket::LocalSocketState state) {
    say("[" + word(state) + "]");
    // Not at once: what comes with the state comes first.
    if (state == QLocalSocket::UnconnectedState) {
      QMetaObject::invokeMethod(qApp, &QCoreApplication::quit, Qt::QueuedConnection);
    }
  });
  QObject::connect(socket, &QLocalSocket::errorOccurred,
                   [](QLocalSocket::LocalSocketError error) { say("errorOccurred " + word(error)); });
  QObject::connect(socket, &QLocalSocket::disconnected, [] { say("disconnected"); });
  QObject::connect(socket, &QLocalSocket::readyRead,
                   [=] { say("readyRead " + QString::fromUtf8(socket->readAll())); });
  QObject::connect(socket, &QLocalSocket::connected, [=] {
    say("connected");
    if (leave) socket->disconnectFromServer();
    else socket->write("hello");
  });
  socket->connectToServer(name);
  if (socket->state() == QLocalSocket::UnconnectedState) {
    QMetaObject::invokeMethod(qApp, &QCoreApplication::quit, Qt::QueuedConnection);
  }
}

int main(int argc, char **argv) {
  QCoreApplication app(argc, argv);
  const QString mode = app.arguments().value(1);
  const QString name = app.arguments().value(2);
  const bool abstract = app.arguments().value(3) == "abstract";
  QSocketNotifier input(STDIN_FILENO, QSocketNotifier::Read);
  QObject::connect(&input, &QSocketNotifier::activated, &app, &QCoreApplication::quit);
  if (mode == "listen" || mode == "bye") listenOn(name, abstract, mode == "bye");
  else connectTo(name, abstract, mode == "leave");
  return app.exec();
}
