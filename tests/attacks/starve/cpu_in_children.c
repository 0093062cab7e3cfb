// attack: lets short-lived children spin, so that each looks harmless
// how: exec
// flags: --cpu-time 300ms
// expect: outcome=timeout limit=cpu
#include <sys/wait.h>

#include "../report.h"

int main(void) {
  for (;;) {
    if (fork() == 0) {
      for (volatile long i = 0; i < 3000000; ++i) {
      }
      _exit(0);
    }
    wait(0);
  }
}
