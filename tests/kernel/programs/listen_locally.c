// SPDX-License-Identifier: Apache-2.0

// Listens on a local socket and asks whose it is, as whoever connects would.
#include <sys/socket.h>
#include <sys/un.h>

#include "program.h"

int main(void) {
  const struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "/work/socket"};
  const int server = socket(AF_UNIX, SOCK_STREAM, 0);
  require(bind(server, (const struct sockaddr*)&name, sizeof name) == 0, "bind");
  require(listen(server, 16) == 0, "listen");
  const int client = socket(AF_UNIX, SOCK_STREAM, 0);
  require(connect(client, (const struct sockaddr*)&name, sizeof name) == 0, "connect");

  struct {
    int pid;
    unsigned uid;
    unsigned gid;
  } peer = {0};

  socklen_t size = sizeof peer;
  require(getsockopt(client, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0, "SO_PEERCRED");
  printf("user %u, group %u\n", peer.uid, peer.gid);
  return 0;
}
