// attack: looks for the parked programs and PID 1 through task directories
// how: exec
// expect: outcome=ok stdout="processes in reach: REFUSED"
#include <fcntl.h>

#include "../report.h"

int main(void) {
  int reached = 0;
  for (int pid = 1; pid < 4096; ++pid) {
    if (pid == getpid()) continue;
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/environ", pid);
    const int fd = open(path, O_RDONLY);
    char byte;
    if (fd >= 0 && read(fd, &byte, 1) > 0) ++reached;
  }
  expect("processes in reach", reached == 0);
  return 0;
}
