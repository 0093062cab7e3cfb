// attack: finds descriptors that its makers left open
// how: exec
// expect: outcome=ok stdout="descriptors above 2: REFUSED"
#include <fcntl.h>

#include "../report.h"

int main(void) {
  int open_now = 0;
  for (int fd = 3; fd < 4096; ++fd) {
    if (fcntl(fd, F_GETFD) >= 0) {
      printf("descriptor %d is open\n", fd);
      ++open_now;
    }
  }
  expect("descriptors above 2", open_now == 0);
  return 0;
}
