// attack: forks in every child too
// how: exec
// flags: --pids 64 --run-timeout 1s
// expect: outcome=timeout limit=wall
#include "../report.h"

int main(void) {
  for (;;) fork();
}
