// attack: dies slowly: much memory to take down, in many processes
// how: exec
// flags: --run-timeout 600ms --pids 64 --memory 192M
// expect: outcome=timeout limit=wall
// expect: outcome=oom
#include "../report.h"

int main(void) {
  for (int i = 0; i < 16; ++i) {
    char* block = malloc(8 << 20);
    memset(block, 1, 8 << 20);
    fork();
  }
  for (;;) pause();
}
