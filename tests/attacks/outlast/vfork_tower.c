// attack: vforks in the child of a vfork, deep
// how: exec
// flags: --run-timeout 300ms --pids 64
// expect: outcome=timeout limit=wall
#include "../report.h"

int main(void) {
  for (volatile int i = 0; i < 30; ++i) {
    if (vfork() != 0) _exit(0);
  }
  for (;;) pause();
}
