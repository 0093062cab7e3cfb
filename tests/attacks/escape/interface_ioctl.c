// attack: renames and readdresses the loopback interface
// how: exec
// expect: outcome=ok stdout="SIOCSIFADDR: REFUSED EPERM" stdout="SIOCSIFFLAGS: REFUSED EPERM" stdout="SIOCSIFNAME: REFUSED EPERM"
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "../report.h"

int main(void) {
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  struct ifreq request;
  memset(&request, 0, sizeof request);
  strcpy(request.ifr_name, "lo");
  attempt("SIOCSIFFLAGS", ioctl(fd, SIOCSIFFLAGS, &request));
  request.ifr_addr.sa_family = AF_INET;
  attempt("SIOCSIFADDR", ioctl(fd, SIOCSIFADDR, &request));
  strcpy(request.ifr_newname, "owned");
  attempt("SIOCSIFNAME", ioctl(fd, SIOCSIFNAME, &request));
  attempt("SO_BINDTODEVICE and SO_MARK", setsockopt(fd, SOL_SOCKET, SO_MARK, &(int){1}, sizeof(int)));
  return 0;
}
