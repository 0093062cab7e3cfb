// attack: starts threads until it may not
// how: exec
// flags: --pids 64
// expect: outcome=ok stdout="threads: REFUSED EAGAIN" stdout="within the limit: REFUSED"
#include <pthread.h>

#include "../report.h"

static void* idle(void* unused) {
  pause();
  return unused;
}

int main(void) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 65536);
  int made = 0;
  int failure;
  pthread_t thread;
  while ((failure = pthread_create(&thread, &attributes, idle, 0)) == 0) ++made;
  errno = failure;
  attempt("threads", -1);
  expect("within the limit", made < 64);
  return 0;
}
