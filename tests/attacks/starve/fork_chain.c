// attack: hands itself from parent to child, for ever under another number
// how: exec
// flags: --run-timeout 500ms
// expect: outcome=timeout limit=wall
// expect: outcome=leaked_processes
#include "../report.h"

int main(void) {
  if (fork() == 0) {
    for (;;) {
      if (fork() != 0) _exit(0);
    }
  }
  pause();
  return 0;
}
