// attack: hides memory in netlink sockets, where the kernel's answers wait
// how: exec
// flags: --memory 64M --run-timeout 20s --total-timeout 30s
// expect: outcome=ok stdout="within a tenth of the limit: REFUSED" stdout="one more socket: REFUSED ENOBUFS"
// because: the answers are charged to nobody, so the supervisor bounds the number of sockets and their size
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "../held.h"

// An unanswerable request; the refusal that comes back carries all of it.
static void ask(int fd) {
  static char request[4000];
  struct nlmsghdr* header = (struct nlmsghdr*)request;
  header->nlmsg_len = sizeof request;
  header->nlmsg_type = RTM_NEWLINK;
  header->nlmsg_flags = NLM_F_REQUEST;
  send(fd, request, sizeof request, MSG_DONTWAIT);
}

int main(void) {
  long total = 0;
  int fd;
  while (total < kGiveUp && (fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE)) >= 0) {
    const struct sockaddr_nl me = {.nl_family = AF_NETLINK};
    bind(fd, (const struct sockaddr*)&me, sizeof me);
    widen(fd);
    long held = -1;
    for (long now = 0; now > held; now = held_in(fd)) {
      held = now;
      ask(fd);
    }
    total += held;
  }
  attempt("one more socket", fd);
  printf("held: %ld KiB\n", total >> 10);
  expect("within a tenth of the limit", total <= (64 << 20) / 10);
  return 0;
}
