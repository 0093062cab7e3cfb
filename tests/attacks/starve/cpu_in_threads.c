// attack: spins in many threads at once
// how: exec
// flags: --cpu-time 300ms
// expect: outcome=timeout limit=cpu
#include <pthread.h>

#include "../report.h"

static void* spin(void* unused) {
  for (volatile long i = 0;; ++i) {
  }
  return unused;
}

int main(void) {
  pthread_t thread;
  for (int i = 0; i < 32; ++i) pthread_create(&thread, 0, spin, 0);
  pause();
  return 0;
}
