// attack: overstays its time and the grace after it, then ends as if nothing had been
// how: exec
// flags: --run-timeout 300ms --grace 100ms
// expect: outcome=timeout limit=wall
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
  puts("ESCAPED ten times the limit");
  return 0;
}
