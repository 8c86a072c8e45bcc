/* The other end of every benchmark: one thread, one epoll loop, nothing that could be the bottleneck.
 *
 *   server echo      sends back what it gets
 *   server sink      reads to the end, then answers with the number of bytes as eight bytes, big-endian
 *   server source    reads a number of that form and sends so many bytes of the pattern below
 *   server http      answers GET /SIZE with so many bytes of the pattern
 *
 * The pattern repeats the bytes 0 to 250 (251 is prime: a lost or doubled block shows). Listens on a
 * port of 127.0.0.1 that the system chooses and prints it, and on the abstract local name
 * "quayside-bench-PORT". Ends when its standard input ends.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { PERIOD = 251, BLOCK = 1 << 20, HEAD = 1024 };

struct peer {
  int fd;
  uint32_t awaits;
  uint64_t received, sent, body; /* of the body: bytes sent so far, bytes in all */
  size_t head_size, head_sent, request_size;
  char head[HEAD], request[HEAD];
};

static char pattern[BLOCK + PERIOD];
static char scratch[BLOCK];
static int loop;

static void watch(struct peer *peer, uint32_t events) {
  if (peer->awaits == events) return;
  struct epoll_event event = {.events = events, .data.ptr = peer};
  epoll_ctl(loop, peer->awaits ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, peer->fd, &event);
  peer->awaits = events;
}

static void drop(struct peer *peer) {
  close(peer->fd);
  free(peer);
}

/* Sends what is left of head and body, the first of the body together with the head. Returns 0 when
 * the socket is full, -1 when it is gone. */
static int flush_answer(struct peer *peer) {
  while (peer->head_sent < peer->head_size || peer->sent < peer->body) {
    uint64_t left = peer->body - peer->sent;
    struct iovec parts[2] = {
        {peer->head + peer->head_sent, peer->head_size - peer->head_sent},
        {pattern + peer->sent % PERIOD, left < BLOCK ? left : BLOCK},
    };
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    ssize_t size = sendmsg(peer->fd, &message, MSG_NOSIGNAL);
    if (size < 0) return errno == EAGAIN ? 0 : -1;
    size_t of_head = (size_t)size < parts[0].iov_len ? (size_t)size : parts[0].iov_len;
    peer->head_sent += of_head;
    peer->sent += size - of_head;
  }
  return 1;
}

static void begin_answer(struct peer *peer, uint64_t body) {
  peer->head_sent = peer->sent = 0;
  peer->body = body;
}

static int echo(struct peer *peer) {
  ssize_t size = read(peer->fd, scratch, sizeof scratch);
  if (size <= 0) return size < 0 && errno == EAGAIN ? 1 : -1;
  for (ssize_t sent = 0; sent < size;) {
    ssize_t wrote = send(peer->fd, scratch + sent, size - sent, MSG_NOSIGNAL);
    if (wrote < 0 && errno != EAGAIN) return -1;
    if (wrote > 0) sent += wrote;
  }
  return 1;
}

static int sink(struct peer *peer) {
  ssize_t size = read(peer->fd, scratch, sizeof scratch);
  if (size < 0) return errno == EAGAIN ? 1 : -1;
  peer->received += size;
  if (size > 0) return 1;
  uint64_t total = htobe64(peer->received);
  if (write(peer->fd, &total, sizeof total) < 0) perror("write");
  return -1;
}

/* Reads up to the end of a request of fixed size, or up to an empty line. */
static int read_request(struct peer *peer, size_t fixed) {
  size_t room = (fixed ? fixed : HEAD - 1) - peer->request_size;
  ssize_t size = read(peer->fd, peer->request + peer->request_size, room);
  if (size <= 0) return size < 0 && errno == EAGAIN ? 0 : -1;
  peer->request_size += size;
  peer->request[peer->request_size] = 0;
  if (fixed ? peer->request_size < fixed : !strstr(peer->request, "\r\n\r\n")) {
    return peer->request_size < HEAD - 1 ? 0 : -1;
  }
  peer->request_size = 0;
  return 1;
}

static int source(struct peer *peer) {
  int done = read_request(peer, sizeof(uint64_t));
  if (done <= 0) return done < 0 ? -1 : 1;
  uint64_t size;
  memcpy(&size, peer->request, sizeof size);
  begin_answer(peer, be64toh(size));
  return flush_answer(peer);
}

static int http(struct peer *peer) {
  int done = read_request(peer, 0);
  if (done <= 0) return done < 0 ? -1 : 1;
  unsigned long long size;
  if (sscanf(peer->request, "GET /%llu", &size) != 1) return -1;
  begin_answer(peer, size);
  peer->head_size = snprintf(peer->head, HEAD,
                             "HTTP/1.1 200 OK\r\n"
                             "Date: Mon, 27 Jul 2009 12:28:53 GMT\r\n"
                             "Content-Type: application/octet-stream\r\n"
                             "Content-Length: %llu\r\n\r\n",
                             size);
  return flush_answer(peer);
}

static int listen_locally(int port) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  size_t size = sprintf(address.sun_path + 1, "quayside-bench-%d", port);
  size += offsetof(struct sockaddr_un, sun_path) + 1;
  return bind(fd, (struct sockaddr *)&address, size) || listen(fd, 4096) ? -1 : fd;
}

static int listen_somewhere(int *port) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  if (bind(fd, (struct sockaddr *)&address, length) || listen(fd, 4096)) return -1;
  getsockname(fd, (struct sockaddr *)&address, &length);
  *port = ntohs(address.sin_port);
  return fd;
}

static void admit(int listener) {
  struct peer *peer = calloc(1, sizeof *peer);
  int on = 1;
  peer->fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
  if (peer->fd < 0) return free(peer);
  setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  watch(peer, EPOLLIN);
}

int main(int argc, char **argv) {
  const char *mode = argc > 1 ? argv[1] : "";
  int (*serve)(struct peer *) = !strcmp(mode, "echo")     ? echo
                                : !strcmp(mode, "sink")   ? sink
                                : !strcmp(mode, "source") ? source
                                : !strcmp(mode, "http")   ? http
                                                          : NULL;
  if (!serve) return fprintf(stderr, "usage: server echo|sink|source|http\n"), 2;
  for (size_t i = 0; i < sizeof pattern; i++) pattern[i] = i % PERIOD;
  loop = epoll_create1(0);
  int port;
  struct peer listener = {.fd = listen_somewhere(&port)}, control = {.fd = 0};
  struct peer local = {.fd = listener.fd < 0 ? -1 : listen_locally(port)};
  if (local.fd < 0) return perror("listen"), 1;
  printf("%d\n", port);
  fflush(stdout);
  watch(&listener, EPOLLIN);
  watch(&local, EPOLLIN);
  watch(&control, EPOLLIN);
  for (;;) {
    struct epoll_event events[64];
    int count = epoll_wait(loop, events, 64, -1);
    for (int i = 0; i < count; i++) {
      struct peer *peer = events[i].data.ptr;
      if (peer == &control) return 0;
      if (peer == &listener || peer == &local) {
        admit(peer->fd);
        continue;
      }
      int state = events[i].events & EPOLLOUT ? flush_answer(peer) : serve(peer);
      if (state < 0) drop(peer);
      else watch(peer, state == 0 ? EPOLLOUT : EPOLLIN);
    }
  }
}
