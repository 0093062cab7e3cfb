// attack: raises a stop signal in children and is not there to continue them
// how: exec
// expect: outcome=leaked_processes
#include <signal.h>

#include "../report.h"

int main(void) {
  static const int kStops[] = {SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU};
  for (int i = 0; i < 4; ++i) {
    if (fork() == 0) {
      raise(kStops[i]);
      for (;;) pause();
    }
  }
  usleep(20000);
  return 0;
}
