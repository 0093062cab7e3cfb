// attack: makes timers until it may not
// how: exec
// flags: --memory 64M
// expect: outcome=ok stdout="timers: REFUSED EAGAIN"
// expect: outcome=oom
#include <time.h>

#include "../report.h"

int main(void) {
  int failed = 0;
  timer_t timer;
  for (int i = 0; i < 4000000 && failed == 0; ++i) failed = timer_create(CLOCK_MONOTONIC, 0, &timer);
  attempt("timers", failed);
  return 0;
}
