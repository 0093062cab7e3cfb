// attack: ends its main thread and lives on in another
// how: exec
// flags: --run-timeout 300ms
// expect: outcome=timeout limit=wall
#include <pthread.h>

#include "../report.h"

static void* idle(void* unused) {
  for (;;) pause();
  return unused;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, 0, idle, 0);
  pthread_exit(0);
}
