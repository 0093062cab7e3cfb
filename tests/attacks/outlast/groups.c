// attack: joins groups with many sockets and lists of senders, each of which the kernel unlinks one by one at the end
// how: exec
// flags: --memory 64M --run-timeout 2s --grace 100ms
// expect: outcome=ok stdout="IP_ADD_MEMBERSHIP: REFUSED ENODEV" stdout="MCAST_JOIN_GROUP: REFUSED ENODEV" stdout="MCAST_JOIN_SOURCE_GROUP: REFUSED ENODEV" stdout="IPV6_JOIN_GROUP: REFUSED ENODEV" stdout="IPV6_JOIN_ANYCAST: REFUSED ENODEV" stdout="IPV6_FLOWLABEL_MGR: REFUSED ENOBUFS" stdout="joined: REFUSED" within=8s
// because: the kernel keeps groups uncharged and searches them one by one under a lock of the whole host
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "../report.h"

enum { kProcesses = 20, kSenders = 10 };

static int join(int fd, int group) {
  const struct ip_mreqn request = {.imr_multiaddr.s_addr = htonl(0xe1000001 + (unsigned)group), .imr_ifindex = 1};
  if (setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof request) != 0) return 0;
  static unsigned sender = 0x0a000000;
  char text[IP_MSFILTER_SIZE(kSenders)];
  struct ip_msfilter* filter = (struct ip_msfilter*)text;
  filter->imsf_multiaddr = request.imr_multiaddr;
  filter->imsf_interface.s_addr = htonl(INADDR_LOOPBACK);
  filter->imsf_fmode = MCAST_EXCLUDE;
  filter->imsf_numsrc = kSenders;
  for (int i = 0; i < kSenders; ++i) filter->imsf_slist[i].s_addr = htonl(++sender);
  setsockopt(fd, IPPROTO_IP, IP_MSFILTER, text, sizeof text);
  return 1;
}

static void ask_each_way(void) {
  const int v4 = socket(AF_INET, SOCK_DGRAM, 0);
  const int v6 = socket(AF_INET6, SOCK_DGRAM, 0);
  const struct ip_mreqn one = {.imr_multiaddr.s_addr = htonl(0xe1000001), .imr_ifindex = 1};
  struct group_source_req any = {.gsr_interface = 1};
  struct sockaddr_in* group = (struct sockaddr_in*)&any.gsr_group;
  *group = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = one.imr_multiaddr};
  *(struct sockaddr_in*)&any.gsr_source = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  const struct ipv6_mreq six = {.ipv6mr_multiaddr.s6_addr = {0xff, 0x0e, [15] = 1}, .ipv6mr_interface = 1};
  const struct ipv6_mreq any6 = {.ipv6mr_multiaddr = IN6ADDR_LOOPBACK_INIT, .ipv6mr_interface = 1};
  char label[32] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 255, 1};
  attempt("IP_ADD_MEMBERSHIP", setsockopt(v4, IPPROTO_IP, IP_ADD_MEMBERSHIP, &one, sizeof one));
  attempt("MCAST_JOIN_GROUP", setsockopt(v4, IPPROTO_IP, MCAST_JOIN_GROUP, &any, sizeof(struct group_req)));
  attempt("MCAST_JOIN_SOURCE_GROUP", setsockopt(v4, IPPROTO_IP, MCAST_JOIN_SOURCE_GROUP, &any, sizeof any));
  attempt("IPV6_JOIN_GROUP", setsockopt(v6, IPPROTO_IPV6, IPV6_JOIN_GROUP, &six, sizeof six));
  attempt("IPV6_JOIN_ANYCAST", setsockopt(v6, IPPROTO_IPV6, IPV6_JOIN_ANYCAST, &any6, sizeof any6));
  attempt("IPV6_FLOWLABEL_MGR", setsockopt(v6, IPPROTO_IPV6, 32, label, sizeof label));
}

int main(void) {
  ask_each_way();
  int joined = 0;
  for (int i = 1; i < kProcesses && fork() != 0; ++i) continue;
  for (int fd; (fd = socket(AF_INET, SOCK_DGRAM, 0)) >= 0;) {
    for (int group = 0; group < 20; ++group) joined += join(fd, group);
  }
  if (joined > 0) {
    for (;;) pause();
  }
  while (wait(0) > 0) continue;
  expect("joined", joined == 0);
  return 0;
}
