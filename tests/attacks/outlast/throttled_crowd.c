// attack: spins in a hundred threads under a hundredth of a processor: PID 1 has no turn to die
// how: exec
// flags: --run-timeout 2s --grace 100ms --cpus 0.01
// expect: outcome=timeout limit=wall within=4s
#include <pthread.h>

#include "../report.h"

static void* spin(void* unused) {
  for (;;) __asm__ volatile("pause");
  return unused;
}

int main(void) {
  pthread_t thread;
  for (int i = 0; i < 100; ++i) pthread_create(&thread, 0, spin, 0);
  for (;;) pause();
}
