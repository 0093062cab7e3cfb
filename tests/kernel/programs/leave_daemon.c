// SPDX-License-Identifier: Apache-2.0

// A daemon by the book: forked twice, in a session of its own, every descriptor closed. The main
// process exits 0 once it is in place.
#include <sys/wait.h>

#include "program.h"

int main(void) {
  int in_place[2];
  require(pipe(in_place) == 0, "pipe");
  const pid_t child = fork();
  require(child >= 0, "fork");
  if (child == 0) {
    require(setsid() >= 0, "setsid");
    if (fork() != 0) _exit(0);
    for (int fd = 0; fd < 64; ++fd) close(fd);  // the pipe last of all: its end says we are done
    rest();
  }
  close(in_place[1]);
  require(waitpid(child, NULL, 0) == child, "waitpid");
  char nothing;
  require(read(in_place[0], &nothing, 1) == 0, "read");
  return 0;
}
