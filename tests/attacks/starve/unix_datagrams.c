// attack: hides memory in datagrams between local sockets
// how: exec
// flags: --memory 64M
// expect: outcome=ok stdout="within the limit and a tenth: REFUSED"
// expect: outcome=oom
#include "../held.h"

int main(void) {
  static char block[32000];
  long total = 0;
  int fds[2];
  while (total < kGiveUp && socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, fds) == 0) {
    widen(fds[0]);
    while (total < kGiveUp && write(fds[0], block, sizeof block) > 0) total += sizeof block;
  }
  report_held("held", total);
  return 0;
}
