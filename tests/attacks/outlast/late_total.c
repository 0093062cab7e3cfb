// attack: overstays the time that all stages have together, within that of its own
// how: exec
// flags: --total-timeout 500ms --grace 100ms
// expect: outcome=timeout limit=total
#include <signal.h>
#include <time.h>

#include "../report.h"

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(void) {
  signal(SIGQUIT, SIG_IGN);
  const double begin = now();
  while (now() - begin < 3) usleep(10000);
  puts("ESCAPED six times the limit");
  return 0;
}
