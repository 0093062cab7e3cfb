// attack: uses more than its share of the processors, with several threads
// how: exec
// flags: --cpus 0.25
// expect: outcome=ok stdout="share of the processors: REFUSED"
#include <pthread.h>
#include <time.h>

#include "../report.h"

static double seconds(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void* spin(void* unused) {
  for (volatile long i = 0;; ++i) {
  }
  return unused;
}

int main(void) {
  const double begin = seconds(CLOCK_MONOTONIC);
  pthread_t thread;
  for (int i = 0; i < 4; ++i) pthread_create(&thread, 0, spin, 0);
  while (seconds(CLOCK_MONOTONIC) - begin < 1) {
  }
  // A quarter, and one period of 100 ms more.
  expect("share of the processors", seconds(CLOCK_PROCESS_CPUTIME_ID) < 0.4);
  return 0;
}
