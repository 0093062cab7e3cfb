// attack: makes children by vfork in many threads
// how: exec
// flags: --pids 40 --run-timeout 500ms
// expect: outcome=leaked_processes
// expect: outcome=ok
// expect: outcome=timeout
// expect: outcome=pids_limit
// because: whichever thread wins, it ends at the wall limit
#include <pthread.h>

#include "../report.h"

static void* spin(void* unused) {
  for (;;) {
    if (vfork() == 0) _exit(0);
  }
  return unused;
}

int main(void) {
  pthread_t threads[32];
  for (int i = 0; i < 32; ++i) pthread_create(&threads[i], 0, spin, 0);
  sleep(10);
  return 0;
}
