// attack: spends kernel memory on watched descriptors
// how: exec
// flags: --memory 64M
// expect: outcome=ok stdout="descriptors: REFUSED EMFILE"
// expect: outcome=oom
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "../report.h"

int main(void) {
  int polls[64];
  for (int i = 0; i < 64; ++i) polls[i] = epoll_create1(0);
  int fd;
  while ((fd = eventfd(0, 0)) >= 0) {
    for (int i = 0; i < 64; ++i) {
      struct epoll_event event = {.events = EPOLLIN};
      epoll_ctl(polls[i], EPOLL_CTL_ADD, fd, &event);
    }
  }
  attempt("descriptors", -1);
  return 0;
}
