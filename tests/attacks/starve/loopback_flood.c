// attack: floods its loopback interface
// how: exec
// flags: --run-timeout 500ms
// expect: outcome=timeout limit=wall
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "../report.h"

int main(void) {
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  static char packet[60000];
  for (;;) sendto(fd, packet, sizeof packet, 0, (struct sockaddr*)&to, sizeof to);
}
