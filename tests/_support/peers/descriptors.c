/* Descriptors and credentials in plain C, as the other end.
 *
 *   descriptors listen PATH     prints "listening", then does the talk below with whoever connects
 *   descriptors connect PATH    connects and does the talk
 *
 * The talk: prints "peer PID UID GID", takes one message, writes "written by C" to each descriptor
 * that came with it, prints "got COUNT TEXT", and answers "here" with two descriptors of which the
 * second reads "from C" and then ends.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void fail(const char *what) {
  fprintf(stderr, "Cannot %s: %s\n", what, strerror(errno));
  exit(1);
}

static int open_socket(const char *path, int listens) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  if (!listens) {
    if (connect(fd, (struct sockaddr *)&address, sizeof address)) fail("connect");
    return fd;
  }
  if (bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 5)) fail("listen");
  puts("listening");
  int peer = accept(fd, NULL, NULL);
  if (peer < 0) fail("accept");
  return peer;
}

static void take(int fd) {
  char text[100] = "", control[CMSG_SPACE(253 * sizeof(int))];
  struct iovec part = {text, sizeof text - 1};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
                           .msg_controllen = sizeof control};
  if (recvmsg(fd, &message, 0) < 0) fail("receive");
  int count = 0;
  struct cmsghdr *item = CMSG_FIRSTHDR(&message);
  if (item != NULL && item->cmsg_type == SCM_RIGHTS) {
    count = (item->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (int i = 0; i < count; i++) {
      int got;
      memcpy(&got, CMSG_DATA(item) + i * sizeof got, sizeof got);
      dprintf(got, "written by C");
      close(got);
    }
  }
  printf("got %d %s\n", count, text);
}

static void give(int fd) {
  int ends[2];
  if (pipe(ends)) fail("make a pipe");
  dprintf(ends[1], "from C");
  close(ends[1]);
  int both[2] = {STDOUT_FILENO, ends[0]};
  union {
    char bytes[CMSG_SPACE(sizeof both)];
    struct cmsghdr item;
  } control = {.item = {.cmsg_len = CMSG_LEN(sizeof both), .cmsg_level = SOL_SOCKET,
                        .cmsg_type = SCM_RIGHTS}};
  memcpy(CMSG_DATA(&control.item), both, sizeof both);
  struct iovec part = {"here", 4};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes,
                           .msg_controllen = sizeof control.bytes};
  if (sendmsg(fd, &message, 0) != 4) fail("send");
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  setvbuf(stdout, NULL, _IOLBF, 0);
  int fd = open_socket(argv[2], strcmp(argv[1], "listen") == 0);
  struct ucred peer;
  socklen_t size = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size)) fail("ask for credentials");
  printf("peer %d %u %u\n", peer.pid, peer.uid, peer.gid);
  take(fd);
  give(fd);
  char byte;
  while (read(fd, &byte, 1) > 0) { /* until the other end is done with us */ }
  return 0;
}
