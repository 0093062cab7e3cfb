// attack: finds descriptors left open once more, behind an exec by name
// how: exec
// expect: outcome=ok stdout="descriptors above 2: REFUSED"
#include <fcntl.h>

#include "../report.h"

int main(int argc, char** argv) {
  if (argc > 1) {
    int open_now = 0;
    for (int fd = 3; fd < 1024; ++fd) open_now += fcntl(fd, F_GETFD) >= 0;
    expect("descriptors above 2", open_now == 0);
    return 0;
  }
  execl("/proc/self/exe", argv[0], "again", (char*)0);
  return attempt("exec", -1);
}
