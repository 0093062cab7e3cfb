// attack: makes itself the last to be scheduled, to die last
// how: exec
// flags: --run-timeout 400ms --pids 32
// expect: outcome=timeout limit=wall
#include <sched.h>

#include "../report.h"

int main(void) {
  nice(19);
  sched_setscheduler(0, SCHED_IDLE, &(struct sched_param){0});
  for (int i = 0; i < 16; ++i) fork();
  for (;;) {
  }
}
