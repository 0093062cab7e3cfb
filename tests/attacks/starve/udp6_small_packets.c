// attack: hides memory in UDP packets of one byte over IPv6
// how: exec
// flags: --memory 64M --run-timeout 20s --total-timeout 30s
// expect: outcome=ok stdout="within the limit and a tenth: REFUSED"
// expect: outcome=oom
#include "../held.h"

int main(void) {
  static char packet[1];
  const int sender = socket(AF_INET6, SOCK_DGRAM, 0);
  struct sockaddr_in6 to;
  socklen_t size;
  long total = 0;
  int fd;
  while (total < kGiveUp && (fd = bound_socket(AF_INET6, SOCK_DGRAM, &to, &size)) >= 0) {
    long held = -1;
    for (long now = 0; now > held; now = held_in(fd)) {
      held = now;
      for (int i = 0; i < 16; ++i) sendto(sender, packet, sizeof packet, MSG_DONTWAIT, (struct sockaddr*)&to, size);
    }
    total += held;
  }
  report_held("held", total);
  return 0;
}
