// attack: leaves a hundred orphans
// how: exec
// expect: outcome=leaked_processes
#include "../report.h"

int main(void) {
  for (int i = 0; i < 100; ++i) {
    if (fork() == 0) {
      setsid();
      for (;;) pause();
    }
  }
  return 0;
}
